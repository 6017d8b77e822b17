using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sonde.Bpf.Symbols;

/// <summary>
/// Variables that kernels without <c>CONFIG_KALLSYMS_ALL</c> do not list. Where a listed function does little but hand one out, its code
/// says where the variable is.
/// </summary>
public static class KernelVariables
{
    private const int CodeSize = 64;

    private static readonly (string Variable, string Accessor)[] _accessors =
    [
        ("avenrun", "get_avenrun"), // kernel/sched/loadavg.c
    ];

    /// <summary>Finds the address of a variable; null when no function is known for it, or its code is not understood.</summary>
    public static ulong? FindAddress(string name)
    {
        string? accessor = _accessors.FirstOrDefault(each => each.Variable == name).Accessor;
        if (accessor is null || KernelSymbols.FindAddress(accessor) is not { } start)
        {
            return null;
        }

        byte[] code = new byte[CodeSize];
        try
        {
            using KernelMemory memory = new();
            memory.Read(start, code);
        }
        catch (BpfException)
        {
            return null;
        }

        return RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? FirstOperandArm64(code, start) : FirstOperandX64(code, start);
    }

    /// <summary>The first <c>mov</c> or <c>add</c> of 8 bytes that loads from a fixed place: relative to the next instruction, or absolute.</summary>
    internal static ulong? FirstOperandX64(ReadOnlySpan<byte> code, ulong start)
    {
        const int Length = 7, AbsoluteLength = 8;
        for (int at = 0; at + AbsoluteLength <= code.Length; at++)
        {
            bool isLoad = (code[at] & 0xf8) == 0x48 && code[at + 1] is 0x8b or 0x03; // REX.W mov, REX.W add
            int mode = code[at + 2] & 0xc7;
            if (isLoad && mode == 0x05)
            {
                return start + (ulong)(at + Length + BinaryPrimitives.ReadInt32LittleEndian(code[(at + 3)..]));
            }

            if (isLoad && mode == 0x04 && code[at + 3] == 0x25)
            {
                return (ulong)BinaryPrimitives.ReadInt32LittleEndian(code[(at + 4)..]);
            }
        }

        return null;
    }

    /// <summary>The first <c>adrp</c> with the <c>add</c> or <c>ldr</c> that completes it.</summary>
    internal static ulong? FirstOperandArm64(ReadOnlySpan<byte> code, ulong start)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(code);
        for (int at = 0; at < words.Length; at++)
        {
            if ((words[at] & 0x9f000000) != 0x90000000)
            {
                continue;
            }

            uint register = words[at] & 31;
            // 21 bits, signed, in pages: the low two stand apart.
            long pages = (int)((words[at] >> 5 & 0x7ffff) << 13 | (words[at] >> 29 & 3) << 11) >> 11;
            ulong page = (start + (ulong)at * 4 & ~0xffful) + (ulong)(pages << 12);
            foreach (uint word in words[(at + 1)..])
            {
                uint immediate = word >> 10 & 0xfff;
                if ((word >> 5 & 31) == register && (word & 0xffc00000) is 0x91000000 or 0xf9400000)
                {
                    return page + ((word & 0xffc00000) == 0x91000000 ? immediate : immediate * 8ul);
                }
            }
        }

        return null;
    }
}
