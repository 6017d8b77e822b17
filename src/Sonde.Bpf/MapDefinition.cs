namespace Sonde.Bpf;

/// <summary>A map to be made by <see cref="BpfMap.Create"/>, without an object file.</summary>
/// <param name="Name">For messages and <c>bpftool</c>; the kernel keeps 15 letters, digits, dots and underscores of it.</param>
/// <param name="Type">Its type.</param>
/// <param name="KeySize">Bytes; 0 for a ring buffer.</param>
/// <param name="ValueSize">Bytes, of one CPU; 0 for a ring buffer.</param>
/// <param name="MaxEntries">Entries; for a ring buffer bytes, a power of two and whole pages.</param>
public sealed record MapDefinition(string Name, BpfMapType Type, int KeySize, int ValueSize, uint MaxEntries)
{
    /// <summary><c>BPF_F_NO_PREALLOC</c> and its like (linux/bpf.h).</summary>
    public uint Flags { get; init; }

    /// <summary>For a map of maps: one of the kind that it holds.</summary>
    public BpfMap? Inner { get; init; }
}
