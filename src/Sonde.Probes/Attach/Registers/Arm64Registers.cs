using System.Collections.Frozen;

namespace Sonde.Probes.Attach.Registers;

/// <summary>arm64: <c>struct user_pt_regs</c> (arch/arm64/include/uapi/asm/ptrace.h) and the AAPCS64 calling convention.</summary>
internal static class Arm64Registers
{
    private const int General = 31;

    internal static RegisterTable Table { get; } = new()
    {
        Offsets = Enumerable.Range(0, General)
            .SelectMany(number => new[] { KeyValuePair.Create($"r{number}", number * 8), KeyValuePair.Create($"x{number}", number * 8) })
            .Append(new("sp", General * 8)).Append(new("pc", (General + 1) * 8)).Append(new("pstate", (General + 2) * 8))
            .ToFrozenDictionary(),
        Arguments = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"],
        ReturnValue = "r0",
        InstructionPointer = "pc",
        StackPointer = "sp",
        FirstStackArgument = 0,
        Parts = Enumerable.Range(0, General)
            .SelectMany(number => new[] { KeyValuePair.Create($"x{number}", ($"r{number}", 8)), KeyValuePair.Create($"w{number}", ($"r{number}", 4)) })
            .Append(new("sp", ("sp", 8)))
            .ToFrozenDictionary(),
    };
}
