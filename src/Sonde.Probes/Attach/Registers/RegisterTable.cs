using System.Collections.Frozen;
using System.Runtime.InteropServices;
using Sonde.Bpf.Elf;

namespace Sonde.Probes.Attach.Registers;

/// <summary>Where an architecture's registers are saved, and what its calling convention uses them for.</summary>
internal sealed record RegisterTable
{
    /// <summary>Offsets in <c>struct pt_regs</c> by the name that <c>reg()</c> takes, in bytes; each is 8 bytes.</summary>
    internal required FrozenDictionary<string, int> Offsets { get; init; }

    /// <summary>The registers of <c>arg0</c> and so on.</summary>
    internal required IReadOnlyList<string> Arguments { get; init; }

    internal required string ReturnValue { get; init; }

    internal required string InstructionPointer { get; init; }

    internal required string StackPointer { get; init; }

    /// <summary>Where a function finds its first argument on the stack as it starts, in bytes from the stack pointer.</summary>
    internal required int FirstStackArgument { get; init; }

    /// <summary>Those that static probes name beyond <see cref="Offsets"/>: parts of a register, with their width in bytes.</summary>
    internal required FrozenDictionary<string, (string Register, int Width)> Parts { get; init; }

    /// <summary>Of the machine that this runs on.</summary>
    internal static RegisterTable Native { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64Registers.Table : X64Registers.Table;

    /// <summary>Of an executable's machine; null when no table is there.</summary>
    internal static RegisterTable? Of(ElfMachine machine) => machine switch
    {
        ElfMachine.X64 => X64Registers.Table,
        ElfMachine.Arm64 => Arm64Registers.Table,
        _ => null,
    };
}
