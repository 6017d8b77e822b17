namespace Sonde.Tracing.Routes;

/// <summary>
/// Templates of low cardinality for paths: those of the settings, else what Sonde works out from the paths that it sees.
/// </summary>
/// <remarks>
/// <para>A segment that looks like a value (see <see cref="PathSegment"/>) becomes <c>{id}</c>, the name of a file that looks like one
/// <c>{file}</c>. There is one placeholder for all kinds of values: what kind a place holds can differ from request to request, and
/// the route must not. A place that shows too many words becomes <c>{id}</c> too, or <c>{file}</c>, if most of them were
/// seen once (<see cref="RouteSettings.MaxValuesPerSegment"/>).</para>
/// <para>A path becomes a route when it is answered with anything but 404, so that those who try doors leave no trace.</para>
/// <para>All memory is bounded: templates per service, places per path, services. Not thread-safe.</para>
/// </remarks>
public sealed class RouteTemplates
{
    private const int MaxServices = 1024;

    private readonly RouteSettings _settings;
    private readonly RoutePattern[] _patterns;
    private readonly Dictionary<string, ServiceRoutes> _services = new(StringComparer.Ordinal);
    private readonly ServiceRoutes _others;

    /// <exception cref="FormatException">A pattern of the settings is none; the message says why.</exception>
    public RouteTemplates(RouteSettings settings)
    {
        _settings = settings;
        _patterns = [.. settings.Patterns.Select(pattern => new RoutePattern(pattern))];
        _others = new ServiceRoutes(this, settings, 0);
    }

    /// <summary>What stands for all paths beyond the limit.</summary>
    public static Route Other { get; } = new("{other}"u8, null);

    internal PathCache Cache { get; } = new();

    /// <summary>The templates of a service; services beyond a limit share theirs.</summary>
    public ServiceRoutes For(string serviceName)
    {
        if (_services.TryGetValue(serviceName, out ServiceRoutes? routes))
        {
            return routes;
        }

        if (_services.Count >= MaxServices)
        {
            return _others;
        }

        routes = new ServiceRoutes(this, _settings, _services.Count + 1);
        _services.Add(serviceName, routes);
        return routes;
    }

    /// <summary>The first pattern of the settings that matches the path, if one does.</summary>
    public Route? FindPattern(ReadOnlySpan<byte> path)
    {
        foreach (RoutePattern pattern in _patterns)
        {
            if (pattern.Matches(path))
            {
                return pattern.Route;
            }
        }

        return null;
    }
}
