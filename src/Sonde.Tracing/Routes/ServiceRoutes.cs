namespace Sonde.Tracing.Routes;

/// <summary>The templates of one service.</summary>
public sealed class ServiceRoutes
{
    private const int MaxDepth = 16;
    private const int MaxNameLength = 72;

    private readonly RouteTemplates _templates;
    private readonly RouteSettings _settings;
    private readonly RouteNode _root;
    private int _count;

    internal ServiceRoutes(RouteTemplates templates, RouteSettings settings, int index)
    {
        _templates = templates;
        _settings = settings;
        _root = new RouteNode(this, null, default, SegmentKind.Word);
        Index = index;
    }

    /// <summary>Tells the services apart in the cache that they share.</summary>
    internal int Index { get; }

    /// <summary>Grows when templates that were told are no longer told.</summary>
    internal int Generation { get; private set; }

    internal int MaxValuesPerSegment => _settings.MaxValuesPerSegment;

    /// <summary>The template that a path falls under.</summary>
    /// <param name="path">Begins with a slash; without query.</param>
    public Route Find(ReadOnlySpan<byte> path)
    {
        if (_templates.Cache.TryFind(path, this, out Route? cached))
        {
            return cached;
        }

        Route route = _templates.FindPattern(path) ?? WorkOut(path);
        if (route.IsKnown)
        {
            _templates.Cache.Add(path, this, route);
        }

        return route;
    }

    /// <summary>A template is no longer told.</summary>
    internal void Dropped() => _count--;

    /// <summary>What is cached may no longer be so.</summary>
    internal void Changed() => Generation++;

    private Route WorkOut(ReadOnlySpan<byte> path)
    {
        // Path parameters (;jsessionid=...) are no part of what is routed by.
        int parameters = path.IndexOf((byte)';');
        ReadOnlySpan<byte> rest = parameters < 0 ? path : path[..parameters];
        Span<byte> buffer = stackalloc byte[(MaxDepth + 1) * MaxNameLength];
        int length = 0;
        RouteNode node = _root;
        for (int depth = 0; rest.Length > 0; depth++)
        {
            rest = rest[1..];
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> segment = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? default : rest[slash..];
            SegmentKind kind = PathSegment.Classify(segment, isLast: rest.Length == 0);
            if (depth == MaxDepth)
            {
                segment = "*"u8;
                kind = SegmentKind.Word;
                rest = default;
            }

            node = node.Next(segment, kind);
            ReadOnlySpan<byte> name = node.Segment;
            buffer[length++] = (byte)'/';
            name.CopyTo(buffer[length..]);
            length += name.Length;
        }

        if (node.Route is null)
        {
            if (_count >= _settings.MaxPerService)
            {
                node.Forget();
                return RouteTemplates.Other;
            }

            _count++;
            node.Route = new Route(buffer[..length], node);
        }

        return node.Route;
    }
}
