using System.Buffers.Binary;
using Sonde.Bpf.Elf;

namespace Sonde.Bpf.Code;

/// <summary>Where a function returns, for programs that a return probe would disturb: Go moves its stacks.</summary>
public static class FunctionReturns
{
    private const uint Arm64Return = 0xD65F03C0;

    /// <summary>
    /// The offsets of a function's return instructions; null when not every instruction of it is known: then nothing in it may be probed
    /// but its entry.
    /// </summary>
    public static IReadOnlyList<int>? Find(ElfMachine machine, ReadOnlySpan<byte> code) => machine switch
    {
        ElfMachine.X64 => FindX64(code),
        ElfMachine.Arm64 => FindArm64(code),
        _ => null,
    };

    private static List<int>? FindX64(ReadOnlySpan<byte> code)
    {
        List<int> returns = [];
        for (int at = 0; at < code.Length;)
        {
            int length = X64Instruction.Length(code[at..], out bool isReturn);
            if (length == 0)
            {
                return null;
            }

            if (isReturn)
            {
                returns.Add(at);
            }

            at += length;
        }

        return returns;
    }

    private static List<int> FindArm64(ReadOnlySpan<byte> code)
    {
        List<int> returns = [];
        for (int at = 0; at + 4 <= code.Length; at += 4)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(code[at..]) == Arm64Return)
            {
                returns.Add(at);
            }
        }

        return returns;
    }
}
