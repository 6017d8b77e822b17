using System.Collections.Immutable;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>A probe as instructions. It fits all targets of the probe; a program of kind <see cref="ProgramKind.Tracing"/> is loaded once for each.</summary>
/// <param name="Source">The probe.</param>
/// <param name="Index">Its index in <see cref="ProbeProgram.Probes"/>.</param>
/// <param name="Kind">How it is loaded.</param>
/// <param name="Instructions">The instructions; what depends on descriptors is filled in by <see cref="Link"/>.</param>
/// <param name="Spans">Of each instruction, the text that it was made for; <see cref="SourceSpan.None"/> for what has none.</param>
/// <param name="Relocations">In the order of their instructions.</param>
public sealed record CompiledProgram(
    Probe Source,
    int Index,
    ProgramKind Kind,
    ImmutableArray<BpfInstruction> Instructions,
    ImmutableArray<SourceSpan> Spans,
    ImmutableArray<Relocation> Relocations)
{
    /// <summary>The instructions as <c>bpf_prog_load</c> wants them.</summary>
    /// <param name="maps">Descriptors of the unit's maps, in their order.</param>
    /// <param name="startTime">When the program starts, by <c>CLOCK_MONOTONIC</c> in nanoseconds: what <c>elapsed</c> counts from.</param>
    public ulong[] Link(ReadOnlySpan<int> maps, long startTime)
    {
        ulong[] code = [.. Instructions.Select(each => each.Encoded)];
        foreach (Relocation relocation in Relocations)
        {
            (BpfInstruction low, BpfInstruction high) = relocation.Kind switch
            {
                RelocationKind.Map => BpfInstruction.LoadMap(relocation.Register(Instructions), maps[relocation.Map]),
                RelocationKind.MapValue => BpfInstruction.LoadMapValue(relocation.Register(Instructions), maps[relocation.Map], relocation.Offset),
                _ => BpfInstruction.Load64(relocation.Register(Instructions), startTime),
            };
            (code[relocation.Instruction], code[relocation.Instruction + 1]) = (low.Encoded, high.Encoded);
        }

        return code;
    }
}

/// <summary>How a program is loaded: which type the kernel knows it as, and what it is attached to.</summary>
public enum ProgramKind
{
    /// <summary><c>BPF_PROG_TYPE_TRACEPOINT</c>.</summary>
    Tracepoint,

    /// <summary><c>BPF_PROG_TYPE_RAW_TRACEPOINT</c>: raw tracepoints without BTF, and all that is run by <c>BPF_PROG_TEST_RUN</c> (<c>BEGIN</c>, <c>END</c>, <c>interval</c>).</summary>
    RawTracepoint,

    /// <summary><c>BPF_PROG_TYPE_TRACING</c>: the target says which of <c>tp_btf</c>, <c>fentry</c>, <c>fexit</c>, <c>iter</c>, and its BTF number.</summary>
    Tracing,

    /// <summary><c>BPF_PROG_TYPE_KPROBE</c>: kprobes, uprobes, USDT.</summary>
    Kprobe,

    /// <summary><c>BPF_PROG_TYPE_PERF_EVENT</c>: <c>profile</c>, <c>software</c>, <c>hardware</c>.</summary>
    PerfEvent,
}

/// <summary>A 64-bit load (two instructions) whose number is known when the program is loaded.</summary>
/// <param name="Instruction">The index of the first of the two.</param>
/// <param name="Kind">What is loaded.</param>
/// <param name="Map">An index in <see cref="CompiledUnit.Maps"/>.</param>
/// <param name="Offset">Bytes into the map's value.</param>
public readonly record struct Relocation(int Instruction, RelocationKind Kind, int Map, int Offset)
{
    internal BpfRegister Register(ImmutableArray<BpfInstruction> instructions) => instructions[Instruction].Destination;
}

public enum RelocationKind
{
    /// <summary>A map, for helpers.</summary>
    Map,

    /// <summary>An address in the only entry of an array map.</summary>
    MapValue,

    /// <summary>When the program started.</summary>
    StartTime,
}
