using Sonde.Bpf.Instructions;
using static Sonde.Bpf.Instructions.BpfRegister;

namespace Sonde.Bpf.Features;

/// <summary>The few instructions that the probes try, as <c>bpf_prog_load</c> wants them.</summary>
internal static class Snippets
{
    internal static ulong[] ReturnZero { get; } = [Set(R0, 0), Exit];

    internal static ulong Exit => BpfInstruction.Exit.Encoded;

    internal static ulong Set(BpfRegister register, int value) => BpfInstruction.Alu(BpfAlu.Move, register, value).Encoded;

    internal static ulong Copy(BpfRegister to, BpfRegister from) => BpfInstruction.Alu(BpfAlu.Move, to, from).Encoded;

    internal static ulong Add(BpfRegister register, int value) => BpfInstruction.Alu(BpfAlu.Add, register, value).Encoded;

    internal static ulong Load64(BpfRegister to, BpfRegister from, short offset) => BpfInstruction.Load(BpfWidth.Eight, to, from, offset).Encoded;

    internal static ulong Load8(BpfRegister to, BpfRegister from, short offset) => BpfInstruction.Load(BpfWidth.One, to, from, offset).Encoded;

    internal static ulong SkipIfNotZero(BpfRegister register, short count) => BpfInstruction.JumpIf(BpfJump.NotEqual, register, 0, count).Encoded;

    internal static ulong Call(BpfHelper helper) => BpfInstruction.Call(helper).Encoded;

    /// <summary>The address of a map, an instruction of two words.</summary>
    internal static ulong[] LoadMap(BpfRegister register, int mapFd)
    {
        (BpfInstruction low, BpfInstruction high) = BpfInstruction.LoadMap(register, mapFd);
        return [low.Encoded, high.Encoded];
    }
}
