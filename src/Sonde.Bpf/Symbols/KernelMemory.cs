using System.Buffers.Binary;
using Sonde.Bpf.Instructions;

namespace Sonde.Bpf.Symbols;

/// <summary>Reads the kernel's memory, four bytes at a time, by a program that is run for it. For a few words now and then.</summary>
public sealed class KernelMemory : IDisposable
{
    private const int WordSize = sizeof(uint), ContextSize = sizeof(ulong);
    private const short Slot = -8;

    private readonly BpfProgram _program = BpfProgram.Load(new("read_kernel", BpfProgramType.RawTracepoint, Code()));

    /// <summary>Reads from an address on; what cannot be read is 0.</summary>
    /// <exception cref="BpfException">The kernel does not run the program (before Linux 5.10).</exception>
    public void Read(ulong address, Span<byte> into)
    {
        Span<byte> context = stackalloc byte[ContextSize], word = stackalloc byte[WordSize];
        for (int at = 0; at < into.Length; at += WordSize)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(context, address + (ulong)at);
            BinaryPrimitives.WriteInt32LittleEndian(word, _program.Run(context));
            word[..Math.Min(WordSize, into.Length - at)].CopyTo(into[at..]);
        }
    }

    public void Dispose() => _program.Dispose();

    /// <summary>The first argument is the address; what is there is the result.</summary>
    private static ulong[] Code() =>
    [
        .. new[]
        {
            BpfInstruction.Load(BpfWidth.Eight, BpfRegister.R3, BpfRegister.R1, 0),
            BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R1, BpfRegister.R10),
            BpfInstruction.Alu(BpfAlu.Add, BpfRegister.R1, Slot),
            BpfInstruction.Alu(BpfAlu.Move, BpfRegister.R2, WordSize),
            BpfInstruction.Call(BpfHelper.ReadKernel),
            BpfInstruction.Load(BpfWidth.Four, BpfRegister.R0, BpfRegister.R10, Slot),
            BpfInstruction.Exit,
        }.Select(instruction => instruction.Encoded),
    ];
}
