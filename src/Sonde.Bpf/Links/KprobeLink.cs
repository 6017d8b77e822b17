using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>One kernel function, by perf's probe events: programs of type <see cref="BpfProgramType.Kprobe"/>.</summary>
public static class KprobeLink
{
    /// <param name="program">The program.</param>
    /// <param name="function">The kernel's symbol.</param>
    /// <param name="offset">Bytes into it; 0 for returns.</param>
    /// <param name="isReturn">A kretprobe.</param>
    /// <exception cref="BpfException">The kernel refused; without <c>CONFIG_KPROBES</c>, always.</exception>
    public static BpfLink Attach(BpfProgram program, string function, long offset = 0, bool isReturn = false) =>
        new(ProgramEvent.Attach(PerfCall.OpenProbe("kprobe", function, (ulong)offset, isReturn), program, function));
}
