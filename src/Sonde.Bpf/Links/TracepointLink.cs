using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>Tracepoints by their record: programs of type <see cref="BpfProgramType.Tracepoint"/>.</summary>
public static class TracepointLink
{
    /// <param name="program">The program.</param>
    /// <param name="id">The number in the tracepoint's <c>id</c> file.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program, int id, string name) =>
        new(ProgramEvent.Attach(PerfCall.OpenTracepoint(id), program, name));
}
