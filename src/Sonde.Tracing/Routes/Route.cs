using System.Text;

namespace Sonde.Tracing.Routes;

/// <summary>A template, such as <c>/users/{id}</c>, and whether the service is known to have it.</summary>
public sealed class Route
{
    private readonly byte[] _template;
    private readonly RouteNode? _node;

    /// <param name="template">UTF-8, printable.</param>
    /// <param name="node">Its place in the tree of the paths that were seen; null for one that is given.</param>
    internal Route(ReadOnlySpan<byte> template, RouteNode? node)
    {
        _template = template.ToArray();
        _node = node;
        IsKnown = node is null;
    }

    /// <summary>The template, UTF-8.</summary>
    public ReadOnlySpan<byte> Template => _template;

    /// <summary>Whether a path of it was ever answered as if it exists.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>How many requests were answered, at most two: whether it comes back is all that counts.</summary>
    internal int Uses { get; private set; }

    /// <summary>A request for it has been answered.</summary>
    /// <param name="known">Whether the service knows the path; one that nobody ever knew is forgotten.</param>
    public void Answered(bool known)
    {
        if (known)
        {
            IsKnown = true;
            Uses = Math.Min(Uses + 1, 2);
        }
        else if (!IsKnown)
        {
            _node?.Forget();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_template);
}
