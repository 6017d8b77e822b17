using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

/// <summary>Units of a few instructions, written by hand: what runs them is tested without the compiler.</summary>
internal sealed class HandWritten
{
    private const int Values = 0, Generation = 1, Events = 2, Counters = 3;

    private readonly List<Probe> _probes = [];
    private readonly List<(ProgramKind Kind, List<BpfInstruction> Code, List<Relocation> Relocations)> _programs = [];
    private readonly bool _isKeyed;
    private readonly int _keys;

    /// <param name="isKeyed">Counts by thread, else in one number.</param>
    /// <param name="keys">The most keys.</param>
    internal HandWritten(bool isKeyed = false, int keys = 1024)
    {
        _isKeyed = isKeyed;
        _keys = keys;
        Map = new()
        {
            Name = "@",
            KeyTypes = isKeyed ? [IntegerType.UInt64] : [],
            ValueType = IntegerType.UInt64,
            Aggregation = new(AggregationKind.Count, IsSigned: false),
        };
    }

    /// <summary>A count in two generations, by thread or in one number.</summary>
    internal ProbeMap Map { get; }

    internal static PrintValueOutput Number { get; } = new(IntegerType.UInt64);

    private static ProbeOutput[] Outputs { get; } = [new ExitOutput(), Number];

    /// <summary>A probe that counts; with a system call's number, only this process's calls of it, as a raw tracepoint sees them.</summary>
    internal HandWritten Counting(ProgramKind kind, int? systemCall, params AttachTarget[] targets)
    {
        Begin(kind, targets, out List<BpfInstruction> code, out List<Relocation> relocations);
        List<int> toEnd = [];
        if (systemCall is { } call)
        {
            code.Add(BpfInstruction.Load(BpfWidth.Eight, BpfRegister.R7, BpfRegister.R1, 8));
            toEnd.Add(code.Count);
            code.Add(BpfInstruction.JumpIf(BpfJump.NotEqual, BpfRegister.R7, call, 0));
        }

        code.Add(BpfInstruction.Call(BpfHelper.ProcessAndThread));
        code.Add(BpfInstruction.Store(BpfWidth.Eight, BpfRegister.R10, -8, BpfRegister.R0));
        if (systemCall is not null)
        {
            code.Add(BpfInstruction.Alu(BpfAlu.ShiftRight, BpfRegister.R0, 32));
            toEnd.Add(code.Count);
            code.Add(BpfInstruction.JumpIf(BpfJump.NotEqual, BpfRegister.R0, Environment.ProcessId, 0));
        }

        Refer(code, relocations, RelocationKind.MapValue, Generation, BpfRegister.R1);
        code.Add(BpfInstruction.Load(BpfWidth.Eight, BpfRegister.R1, BpfRegister.R1, 0));
        code.Add(BpfInstruction.Store(_isKeyed ? BpfWidth.Eight : BpfWidth.Four, BpfRegister.R10, -16, BpfRegister.R1));
        LookUp(code, relocations);
        if (_isKeyed)
        {
            code.Add(BpfInstruction.JumpIf(BpfJump.NotEqual, BpfRegister.R0, 0, 14));
            code.Add(BpfInstruction.Store(BpfWidth.Eight, BpfRegister.R10, -24, 0));
            Refer(code, relocations, RelocationKind.Map, Values, BpfRegister.R1);
            code.AddRange(Address(BpfRegister.R2, -16));
            code.AddRange(Address(BpfRegister.R3, -24));
            code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R4, 1)); // BPF_NOEXIST
            code.Add(BpfInstruction.Call(BpfHelper.MapUpdate));
            LookUp(code, relocations);
        }

        toEnd.Add(code.Count);
        code.Add(BpfInstruction.JumpIf(BpfJump.Equal, BpfRegister.R0, 0, 0));
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R1, 1));
        code.Add(BpfInstruction.AtomicAdd(BpfRegister.R0, 0, BpfRegister.R1));
        return Finish(code, toEnd);
    }

    /// <summary>A probe that sends numbers, and then perhaps <c>exit()</c>.</summary>
    internal HandWritten Sending(ProgramKind kind, IReadOnlyList<int> numbers, bool exits, params AttachTarget[] targets)
    {
        Begin(kind, targets, out List<BpfInstruction> code, out List<Relocation> relocations);
        foreach (int number in numbers)
        {
            Send(code, relocations, 1, number);
        }

        if (exits)
        {
            Send(code, relocations, 0, 0);
        }

        return Finish(code, []);
    }

    internal CompiledUnit Build()
    {
        int bytes = _isKeyed ? 16 : 4;
        MapLayout[] maps =
        [
            new(MapPurpose.Values, "@", _isKeyed ? BpfMapType.PerCpuHash : BpfMapType.PerCpuArray, bytes, 8, _isKeyed ? _keys : 2, 0) { Source = Map, HasGenerations = true },
            new(MapPurpose.Generation, "generation", BpfMapType.Array, 4, 8, 1, 0),
            new(MapPurpose.Events, "events", BpfMapType.RingBuffer, 0, 0, 4096, 0),
            new(MapPurpose.Counters, "counters", BpfMapType.PerCpuArray, 4, 16, 1, 0),
        ];
        return new()
        {
            Source = new() { Text = "", Probes = _probes, Maps = [Map], Outputs = Outputs, TimeFormats = [] },
            Settings = new() { HasGenerations = true },
            Programs =
            [
                .. _programs.Select((each, index) => new CompiledProgram(
                    _probes[index], index, each.Kind, [.. each.Code], [.. each.Code.Select(_ => SourceSpan.None)], [.. each.Relocations])),
            ],
            Maps = maps,
        };
    }

    private void Begin(ProgramKind kind, AttachTarget[] targets, out List<BpfInstruction> code, out List<Relocation> relocations)
    {
        // Each its own span, as if it stood in a text.
        SourceSpan span = new(_probes.Count + 1, 1);
        _probes.Add(new(targets, new([], span), [], span));
        (code, relocations) = ([], []);
        _programs.Add((kind, code, relocations));
    }

    private HandWritten Finish(List<BpfInstruction> code, List<int> toEnd)
    {
        foreach (int at in toEnd)
        {
            code[at] = new(code[at].Code, code[at].Destination, code[at].Source, (short)(code.Count - at - 1), code[at].Immediate);
        }

        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R0, 0));
        code.Add(BpfInstruction.Exit);
        return this;
    }

    private static void LookUp(List<BpfInstruction> code, List<Relocation> relocations)
    {
        Refer(code, relocations, RelocationKind.Map, Values, BpfRegister.R1);
        code.AddRange(Address(BpfRegister.R2, -16));
        code.Add(BpfInstruction.Call(BpfHelper.MapLookup));
    }

    private static void Send(List<BpfInstruction> code, List<Relocation> relocations, int output, int number)
    {
        Refer(code, relocations, RelocationKind.Map, Events, BpfRegister.R1);
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R2, 16));
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R3, 0));
        code.Add(BpfInstruction.Call(BpfHelper.RingReserve));
        code.Add(BpfInstruction.JumpIf(BpfJump.NotEqual, BpfRegister.R0, 0, 10));
        code.Add(BpfInstruction.Store(BpfWidth.Four, BpfRegister.R10, -32, 0));
        Refer(code, relocations, RelocationKind.Map, Counters, BpfRegister.R1);
        code.AddRange(Address(BpfRegister.R2, -32));
        code.Add(BpfInstruction.Call(BpfHelper.MapLookup));
        code.Add(BpfInstruction.JumpIf(BpfJump.Equal, BpfRegister.R0, 0, 2));
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R2, 1));
        code.Add(BpfInstruction.AtomicAdd(BpfRegister.R0, 0, BpfRegister.R2));
        code.Add(BpfInstruction.Jump(5));
        code.Add(BpfInstruction.Store(BpfWidth.Eight, BpfRegister.R0, 0, output));
        code.Add(BpfInstruction.Store(BpfWidth.Eight, BpfRegister.R0, 8, number));
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R1, BpfRegister.R0));
        code.Add(BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R2, 0));
        code.Add(BpfInstruction.Call(BpfHelper.RingSubmit));
    }

    private static BpfInstruction[] Address(BpfRegister register, int offset) =>
        [BpfInstruction.Alu(BpfAlu.Move, register, BpfRegister.R10), BpfInstruction.Alu(BpfAlu.Add, register, offset)];

    private static void Refer(List<BpfInstruction> code, List<Relocation> relocations, RelocationKind kind, int map, BpfRegister register)
    {
        relocations.Add(new(code.Count, kind, map, 0));
        (BpfInstruction low, BpfInstruction high) = BpfInstruction.LoadMap(register, 0);
        code.Add(low);
        code.Add(high);
    }
}

/// <summary>Keeps what a program sent.</summary>
internal sealed class RecordedEvents : IProbeEvents
{
    internal List<long> Numbers { get; } = [];

    internal long Lost { get; private set; }

    internal Action<long>? OnNumber { get; init; }

    public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
    {
        Assert.Same(HandWritten.Number, output);
        Numbers.Add(MemoryMarshal.Read<long>(values));
        OnNumber?.Invoke(Numbers[^1]);
    }

    public void OnLost(long events) => Lost += events;

    public void OnIdle()
    {
    }
}
