using Sonde.Probes.Model;

namespace Sonde.Probes.Attach;

/// <summary>A kind of attach point: finds what a pattern means on this machine, lists what there is, and knows what stands in its way.</summary>
/// <param name="machine">Where to look.</param>
/// <param name="name">As <c>probe</c> tells it: <c>tracepoint</c>.</param>
internal abstract class AttachProvider(Machine machine, string name)
{
    private protected Machine Machine { get; } = machine;

    private protected string Name { get; } = name;

    /// <summary>All that a pattern matches.</summary>
    /// <exception cref="ProbeException">Nothing.</exception>
    internal abstract IReadOnlyList<AttachPoint> Find(AttachPattern pattern);

    /// <summary>What there is, by names in which <c>*</c> stands for anything; nothing where a name must be given and is not.</summary>
    internal abstract IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments);

    /// <summary>Why a target cannot be attached on this machine, as a sentence with alternatives; null when nothing is known to be in the way.</summary>
    internal virtual string? ObstacleOf(AttachTarget target) => null;

    private protected string FullName(params ReadOnlySpan<string> parts) => string.Join(':', [Name, .. parts]);

    private protected static ProbeException Malformed(AttachPattern pattern, string form) =>
        new($"'{pattern}' is not complete: it is written {form}.", pattern.Span);

    private protected static string Suggest(IReadOnlyList<string> names, string otherwise = "") =>
        names.Count == 0 ? otherwise : $" Did you mean {string.Join(" or ", names)}?";
}
