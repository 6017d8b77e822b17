using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>BEGIN</c> and <c>END</c>.</summary>
internal sealed class OnceProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern) => pattern.Parts.Count == 0
        ? [new(new OnceTarget(Name, Name == "END"), EmptyContext.Instance)]
        : throw new ProbeException($"{Name} stands alone: nothing follows it.", pattern.Span);

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) => [];
}
