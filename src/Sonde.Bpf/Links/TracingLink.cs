using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary><c>tp_btf</c>, <c>fentry</c> and <c>fexit</c>: programs of type <see cref="BpfProgramType.Tracing"/>, which were loaded for their target.</summary>
public static class TracingLink
{
    /// <param name="program">The program.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program, string name) => Attachment.Checked(BpfCall.OpenRawTracepoint(program.Fd), program, name);
}
