using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>A place in the code that can be jumped to, also before it is known where that is.</summary>
internal sealed class Label
{
    internal int? Position { get; set; }

    internal List<int> Jumps { get; } = [];
}

/// <summary>
/// Writes instructions one behind the other. Code that cannot be reached is left out: the verifier refuses it
/// (kernel/bpf/verifier.c, check_cfg).
/// </summary>
internal sealed class Assembler
{
    private readonly List<BpfInstruction> _code = [];
    private readonly List<SourceSpan> _spans = [];
    private readonly List<Relocation> _relocations = [];

    /// <summary>The text that the next instructions are for.</summary>
    internal SourceSpan Span { get; set; }

    /// <summary>False behind a jump, until a label that was jumped to.</summary>
    internal bool IsReachable { get; private set; } = true;

    internal void Emit(BpfInstruction instruction)
    {
        if (IsReachable)
        {
            _code.Add(instruction);
            _spans.Add(Span);
        }
    }

    internal void Load64(BpfRegister register, long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            Emit(BpfInstruction.Alu(BpfAlu.Move, register, (int)value));
        }
        else
        {
            Emit(BpfInstruction.Load64(register, value));
        }
    }

    /// <summary>A map's address, for helpers.</summary>
    internal void LoadMap(BpfRegister register, int map) => EmitLate(register, new(_code.Count, RelocationKind.Map, map, 0));

    /// <summary>An address in the only entry of an array map.</summary>
    internal void LoadMapValue(BpfRegister register, int map, int offset = 0) => EmitLate(register, new(_code.Count, RelocationKind.MapValue, map, offset));

    internal void LoadStartTime(BpfRegister register) => EmitLate(register, new(_code.Count, RelocationKind.StartTime, 0, 0));

    internal void Jump(Label target)
    {
        EmitJump(BpfInstruction.Jump(0), target);
        IsReachable = false;
    }

    internal void JumpIf(BpfJump comparison, BpfRegister left, BpfRegister right, Label target) =>
        EmitJump(BpfInstruction.JumpIf(comparison, left, right, 0), target);

    internal void JumpIf(BpfJump comparison, BpfRegister left, int right, Label target) =>
        EmitJump(BpfInstruction.JumpIf(comparison, left, right, 0), target);

    /// <summary>Puts a label here.</summary>
    internal void Mark(Label label)
    {
        label.Position = _code.Count;
        foreach (int jump in label.Jumps)
        {
            Aim(jump, _code.Count);
        }

        IsReachable |= label.Jumps.Count > 0;
    }

    internal void Exit()
    {
        Emit(BpfInstruction.Exit);
        IsReachable = false;
    }

    internal CompiledProgram Finish(Probe source, int index, ProgramKind kind) =>
        new(source, index, kind, [.. _code], [.. _spans], [.. _relocations]);

    private void Emit((BpfInstruction Low, BpfInstruction High) wide)
    {
        Emit(wide.Low);
        Emit(wide.High);
    }

    private void EmitLate(BpfRegister register, Relocation relocation)
    {
        if (IsReachable)
        {
            _relocations.Add(relocation);
            Emit(BpfInstruction.Load64(register, 0));
        }
    }

    private void EmitJump(BpfInstruction instruction, Label target)
    {
        if (!IsReachable)
        {
            return;
        }

        Emit(instruction);
        if (target.Position is { } position)
        {
            Aim(_code.Count - 1, position);
        }
        else
        {
            target.Jumps.Add(_code.Count - 1);
        }
    }

    private void Aim(int jump, int position)
    {
        int distance = position - jump - 1;
        if (distance is < short.MinValue or > short.MaxValue)
        {
            throw new ProbeException(
                $"The probe becomes too long: a jump would pass {Math.Abs(distance)} instructions, and {short.MaxValue} is the most. Unroll less, or make two probes of it.",
                _spans[jump]);
        }

        BpfInstruction old = _code[jump];
        _code[jump] = new(old.Code, old.Destination, old.Source, (short)distance, old.Immediate);
    }
}
