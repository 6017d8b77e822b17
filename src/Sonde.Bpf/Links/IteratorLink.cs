using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>Iterators: programs of type <see cref="BpfProgramType.Tracing"/> for <see cref="BpfAttachType.Iterator"/>.</summary>
public static class IteratorLink
{
    /// <param name="program">The program, loaded for its target.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfIterator Attach(BpfProgram program, string name) =>
        new(Attachment.Checked(BpfCall.CreateLink(program.Fd, 0, BpfAttachType.Iterator, []), program, name), program.Name);
}
