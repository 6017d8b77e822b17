using System.Globalization;

namespace Sonde.Bpf.Instructions;

/// <summary>Instructions as text, in the kernel's own notation (kernel/bpf/disasm.c), as <c>bpftool prog dump xlated</c> shows them.</summary>
public static class Disassembler
{
    private const byte RegisterSource = 0x08;

    private static readonly string[] _widths = ["u32", "u16", "u8", "u64"];

    /// <summary>An instruction without its number: <c>(79) r0 = *(u64 *)(r1 +8)</c>.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="next">The one behind it, which a 64-bit load has its upper half in.</param>
    /// <param name="wide">What a 64-bit load loads, when it is more than a number.</param>
    public static string Describe(BpfInstruction instruction, BpfInstruction next = default, string? wide = null) =>
        $"({instruction.Code:x2}) {Text(instruction, next, wide)}";

    private static string Text(BpfInstruction instruction, BpfInstruction next, string? wide)
    {
        string destination = Name(instruction.Destination), source = Name(instruction.Source);
        return instruction.Class switch
        {
            BpfClass.Load => $"{destination} = {wide ?? Hex((ulong)(uint)next.Immediate << 32 | (uint)instruction.Immediate)}",
            BpfClass.LoadRegister => $"{destination} = {Memory(instruction, source)}",
            BpfClass.Store => $"{Memory(instruction, destination)} = {instruction.Immediate}",
            BpfClass.StoreRegister when (instruction.Code & 0xe0) == 0xc0 => $"lock {Memory(instruction, destination)} += {source}",
            BpfClass.StoreRegister => $"{Memory(instruction, destination)} = {source}",
            BpfClass.Alu or BpfClass.Alu64 => Arithmetic(instruction),
            _ => Jump(instruction, destination, source),
        };
    }

    private static string Arithmetic(BpfInstruction instruction)
    {
        char size = instruction.Class == BpfClass.Alu ? 'w' : 'r';
        string destination = size + Number(instruction.Destination);
        string operand = (instruction.Code & RegisterSource) != 0 ? size + Number(instruction.Source) : instruction.Immediate.ToString(CultureInfo.InvariantCulture);
        return (BpfAlu)(instruction.Code & 0xf0) switch
        {
            BpfAlu.Negate => $"{destination} = -{destination}",
            BpfAlu.Endian => $"r{Number(instruction.Destination)} = be{instruction.Immediate} r{Number(instruction.Destination)}",
            BpfAlu operation => $"{destination} {Operator(operation)} {operand}",
        };
    }

    private static string Jump(BpfInstruction instruction, string destination, string source)
    {
        string operand = (instruction.Code & RegisterSource) != 0 ? source : Hex((uint)instruction.Immediate);
        return (BpfJump)(instruction.Code & 0xf0) switch
        {
            BpfJump.Exit => "exit",
            BpfJump.Call => $"call {HelperNames.Of((BpfHelper)instruction.Immediate)}#{instruction.Immediate}",
            BpfJump.Always => $"goto pc{Signed(instruction.Offset)}",
            BpfJump comparison => $"if {destination} {Operator(comparison)} {operand} goto pc{Signed(instruction.Offset)}",
        };
    }

    private static string Memory(BpfInstruction instruction, string register) =>
        $"*({_widths[instruction.Code >> 3 & 3]} *)({register} {Signed(instruction.Offset)})";

    private static string Operator(BpfAlu operation) => operation switch
    {
        BpfAlu.Add => "+=",
        BpfAlu.Subtract => "-=",
        BpfAlu.Multiply => "*=",
        BpfAlu.Divide => "/=",
        BpfAlu.Or => "|=",
        BpfAlu.And => "&=",
        BpfAlu.ShiftLeft => "<<=",
        BpfAlu.ShiftRight => ">>=",
        BpfAlu.Remainder => "%=",
        BpfAlu.Xor => "^=",
        BpfAlu.Move => "=",
        _ => "s>>=",
    };

    private static string Operator(BpfJump comparison) => comparison switch
    {
        BpfJump.Equal => "==",
        BpfJump.Less => "<",
        BpfJump.Greater => ">",
        BpfJump.GreaterOrEqual => ">=",
        BpfJump.LessOrEqual => "<=",
        BpfJump.AnyBit => "&",
        BpfJump.NotEqual => "!=",
        BpfJump.SignedGreater => "s>",
        BpfJump.SignedLess => "s<",
        BpfJump.SignedGreaterOrEqual => "s>=",
        _ => "s<=",
    };

    private static string Name(BpfRegister register) => "r" + Number(register);

    private static string Number(BpfRegister register) => ((int)register).ToString(CultureInfo.InvariantCulture);

    private static string Signed(short value) => value.ToString("+0;-0;+0", CultureInfo.InvariantCulture);

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
