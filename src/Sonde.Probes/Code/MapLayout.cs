using Sonde.Bpf;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>
/// A map to create. All words are 64 bits in the machine's order, and all sizes but array indices are multiples of 8.
/// <para>
/// Keys of <see cref="MapPurpose.Values"/>: an unkeyed map is an array with 32-bit indices. Otherwise the key's parts one behind the other,
/// each of its type's <see cref="ProbeType.Size"/>. An aggregation of a unit with generations has the generation (0 or 1) in front:
/// 8 more bytes of a keyed map; of an unkeyed one it is the index, so the array has two entries instead of one.
/// </para>
/// <para>
/// Values of a map that is assigned: the value. Of an aggregation (each CPU has its own):
/// <list type="bullet">
/// <item><c>count()</c>: count.</item>
/// <item><c>avg()</c>, <c>stats()</c>: total, count.</item>
/// <item><c>sum()</c>, <c>min()</c>, <c>max()</c>: total or extreme, and 1 once there is one on this CPU.</item>
/// <item><c>hist()</c>: 66 buckets; <c>lhist()</c>: (max − min) / step + 2 buckets. With a summary: count, sum, minimum, maximum behind them;
/// the last two mean nothing on a CPU whose count is 0.</item>
/// </list>
/// An unkeyed map that is assigned has one more word behind the value: 1 once it was set, 0 again when deleted. An unkeyed aggregation
/// was used when its count (or its mark, or any bucket) is not 0 on any CPU.
/// </para>
/// </summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="Name">For messages and <c>bpftool</c>; the kernel keeps 15 letters, digits, dots and underscores of it.</param>
/// <param name="Type">The kernel's type.</param>
/// <param name="KeySize">Bytes, the generation included; 0 for the ring buffer.</param>
/// <param name="ValueSize">Bytes on one CPU; 0 for the ring buffer.</param>
/// <param name="MaxEntries">Entries; of the ring buffer bytes.</param>
/// <param name="Flags"><c>BPF_F_NO_PREALLOC</c> and its like (linux/bpf.h).</param>
public sealed record MapLayout(MapPurpose Purpose, string Name, BpfMapType Type, int KeySize, int ValueSize, int MaxEntries, uint Flags)
{
    /// <summary>The map of the program that it keeps, for <see cref="MapPurpose.Values"/>.</summary>
    public ProbeMap? Source { get; init; }

    /// <summary>True when there are two generations, told apart by the first 8 bytes of the key, or by the index of an unkeyed map.</summary>
    public bool HasGenerations { get; init; }

    /// <summary>
    /// True when there is an entry for each generation, beyond those that keys may take, in which what goes into keys that found no room is
    /// aggregated. Its key is the generation with <see cref="RefusedMark"/>, and zeroes. User space makes it, and never deletes it.
    /// </summary>
    public bool KeepsRefused { get; init; }

    /// <summary>The bit beside the generation.</summary>
    public const int RefusedMark = 2;

    /// <summary>True when the key is only an array's index.</summary>
    public bool IsUnkeyed => Source is { KeyTypes.Count: 0 };
}

/// <summary>What a map is for.</summary>
public enum MapPurpose
{
    /// <summary>Keys and values of a <see cref="ProbeMap"/>.</summary>
    Values,

    /// <summary>The ring buffer. A record is 8 bytes with the output's index, then the values, each of its type's size; what lies behind a string's final 0 means nothing.</summary>
    Events,

    /// <summary>Stacks by number (<c>bpf_get_stackid</c>), of user space and the kernel: frames of 8 bytes, innermost first, 0 behind the last.</summary>
    Stacks,

    /// <summary>A per-CPU array of one entry: words that <see cref="CompiledUnit.LostEventCounter"/> and <see cref="CompiledUnit.RefusalCounter"/> name.</summary>
    Counters,

    /// <summary>An array of one word: the generation that programs count in. Only with <see cref="CompilerSettings.HasGenerations"/>.</summary>
    Generation,

    /// <summary>A per-CPU array with one entry for each program: where it builds what is too large for the stack.</summary>
    Scratch,

    /// <summary>An array of one entry that stays zero: what new keys of aggregations begin with.</summary>
    Zeroes,
}
