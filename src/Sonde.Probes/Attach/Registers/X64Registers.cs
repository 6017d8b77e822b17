using System.Collections.Frozen;

namespace Sonde.Probes.Attach.Registers;

/// <summary>x86-64: <c>struct pt_regs</c> (arch/x86/include/asm/ptrace.h) and the System V calling convention.</summary>
internal static class X64Registers
{
    private static readonly string[] _saved =
    [
        "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di", "orig_ax", "ip", "cs", "flags", "sp", "ss",
    ];

    internal static RegisterTable Table { get; } = new()
    {
        Offsets = _saved.Index().ToFrozenDictionary(each => each.Item, each => each.Index * 8),
        Arguments = ["di", "si", "dx", "cx", "r8", "r9"],
        ReturnValue = "ax",
        InstructionPointer = "ip",
        StackPointer = "sp",
        // The return address lies below it.
        FirstStackArgument = 8,
        Parts = AllParts().ToFrozenDictionary(),
    };

    /// <summary>What the assembler calls them: <c>rax eax ax al</c>, <c>rdi edi di dil</c>, <c>r8 r8d r8w r8b</c>.</summary>
    private static IEnumerable<KeyValuePair<string, (string Register, int Width)>> AllParts()
    {
        foreach (string name in new[] { "ax", "bx", "cx", "dx", "si", "di", "bp", "sp" })
        {
            yield return new("r" + name, (name, 8));
            yield return new("e" + name, (name, 4));
            yield return new(name, (name, 2));
            yield return new(name[1] == 'x' ? name[..1] + "l" : name + "l", (name, 1));
        }

        for (int number = 8; number < 16; number++)
        {
            yield return new($"r{number}", ($"r{number}", 8));
            yield return new($"r{number}d", ($"r{number}", 4));
            yield return new($"r{number}w", ($"r{number}", 2));
            yield return new($"r{number}b", ($"r{number}", 1));
        }

        yield return new("rip", ("ip", 8));
    }
}
