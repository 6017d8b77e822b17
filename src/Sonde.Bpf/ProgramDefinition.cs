namespace Sonde.Bpf;

/// <summary>A program to be loaded by <see cref="BpfProgram.Load"/> from its instructions, without an object file.</summary>
/// <param name="Name">For messages and <c>bpftool</c>; the kernel keeps 15 letters, digits, dots and underscores of it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Instructions">8 bytes each, as <c>struct bpf_insn</c> lies in memory; maps are referred to by descriptor.</param>
public sealed record ProgramDefinition(string Name, BpfProgramType Type, ReadOnlyMemory<ulong> Instructions)
{
    /// <summary>What it will be attached as, where the verifier needs to know.</summary>
    public BpfAttachType AttachType { get; init; }

    /// <summary>The number in the kernel's BTF of what a <see cref="BpfProgramType.Tracing"/> program is attached to.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary><c>BPF_F_SLEEPABLE</c> and its like (linux/bpf.h).</summary>
    public uint Flags { get; init; }

    /// <summary>Which helpers it may call: the tracing ones want GPL.</summary>
    public string License { get; init; } = "GPL";
}
