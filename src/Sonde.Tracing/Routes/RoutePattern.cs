using System.Text;

namespace Sonde.Tracing.Routes;

/// <summary>A pattern from the settings.</summary>
internal sealed class RoutePattern
{
    private readonly byte[]?[] _segments;
    private readonly bool _matchesRest;

    /// <param name="pattern">As <see cref="RouteSettings.Patterns"/> describes it.</param>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public RoutePattern(string pattern)
    {
        if (!pattern.StartsWith('/'))
        {
            throw new FormatException($"route pattern '{pattern}': begin it with '/', for example /users/{{id}}");
        }

        string[] segments = pattern[1..].Split('/');
        _matchesRest = segments[^1] == "*";
        _segments =
        [
            .. (_matchesRest ? segments[..^1] : segments).Select(segment =>
                IsParameter(segment) ? null : Encoding.UTF8.GetBytes(segment)),
        ];
        Route = new Route(Encoding.UTF8.GetBytes(pattern), null);
    }

    public Route Route { get; }

    public bool Matches(ReadOnlySpan<byte> path)
    {
        foreach (byte[]? segment in _segments)
        {
            if (path.Length == 0)
            {
                return false;
            }

            path = path[1..];
            int slash = path.IndexOf((byte)'/');
            ReadOnlySpan<byte> actual = slash < 0 ? path : path[..slash];
            if (segment is null ? actual.Length == 0 : !actual.SequenceEqual(segment))
            {
                return false;
            }

            path = slash < 0 ? default : path[slash..];
        }

        return _matchesRest ? path.Length > 0 : path.Length == 0;
    }

    private static bool IsParameter(string segment) =>
        segment == "*" || segment.StartsWith(':') || (segment.StartsWith('{') && segment.EndsWith('}'));
}
