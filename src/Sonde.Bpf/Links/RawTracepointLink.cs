using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>Tracepoints by their arguments, untyped: programs of type <see cref="BpfProgramType.RawTracepoint"/>.</summary>
public static class RawTracepointLink
{
    /// <param name="program">The program.</param>
    /// <param name="name">Without the group: <c>sched_switch</c>.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program, string name) =>
        Attachment.Checked(BpfCall.OpenRawTracepoint(program.Fd, name), program, name);
}
