namespace Sonde.Tracing.Routes;

/// <summary>A place in the tree of a service's paths: the segments that were seen there.</summary>
internal sealed class RouteNode
{
    private readonly ServiceRoutes _service;
    private readonly RouteNode? _parent;
    private readonly byte[] _segment;
    private readonly SegmentKind _kind;
    private List<RouteNode>? _children;
    private RouteNode? _values;
    private RouteNode? _files;
    private bool _hasManyValues;
    private bool _hasManyFiles;

    public RouteNode(ServiceRoutes service, RouteNode? parent, ReadOnlySpan<byte> segment, SegmentKind kind)
    {
        _service = service;
        _parent = parent;
        _segment = segment.ToArray();
        _kind = kind;
    }

    /// <summary>The segment as the template has it.</summary>
    public ReadOnlySpan<byte> Segment => _segment;

    /// <summary>The template that ends here, if a path did.</summary>
    public Route? Route { get; set; }

    /// <summary>The place one segment further; it is made when it was never seen.</summary>
    public RouteNode Next(ReadOnlySpan<byte> segment, SegmentKind kind)
    {
        if (kind == SegmentKind.Value || (kind == SegmentKind.Word && _hasManyValues && segment.Length > 0))
        {
            return _values ??= new RouteNode(_service, this, "{id}"u8, SegmentKind.Value);
        }

        if (kind == SegmentKind.FileValue || (kind == SegmentKind.File && _hasManyFiles))
        {
            return _files ??= new RouteNode(_service, this, "{file}"u8, SegmentKind.FileValue);
        }

        _children ??= [];
        foreach (RouteNode child in _children)
        {
            if (segment.SequenceEqual(child._segment))
            {
                return child;
            }
        }

        if (IsCrowded(kind))
        {
            Collapse(kind);
            return Next(segment, kind);
        }

        var added = new RouteNode(_service, this, segment, kind);
        _children.Add(added);
        return added;
    }

    /// <summary>The path that ends here is none of the service's: takes it out of the tree, with what led to it alone.</summary>
    public void Forget()
    {
        if (Route is not null)
        {
            Route = null;
            _service.Dropped();
        }

        if (_parent is not null && _children is null or { Count: 0 } && _values is null && _files is null)
        {
            _parent.Remove(this);
        }
    }

    private void Remove(RouteNode child)
    {
        _children?.Remove(child);
        _values = ReferenceEquals(_values, child) ? null : _values;
        _files = ReferenceEquals(_files, child) ? null : _files;
        if (Route is null)
        {
            Forget();
        }
    }

    /// <summary>
    /// Whether there are so many values of a kind here that they are no vocabulary: that of an application is used again and again,
    /// identifiers come and go.
    /// </summary>
    private bool IsCrowded(SegmentKind kind)
    {
        int count = 0;
        int rare = 0;
        foreach (RouteNode child in _children!)
        {
            if (child._kind == kind)
            {
                count++;
                rare += child.Uses() < 2 ? 1 : 0;
            }
        }

        int limit = _service.MaxValuesPerSegment;
        return count >= limit * 5 || (count >= limit && rare * 2 > count);
    }

    private int Uses()
    {
        int uses = (Route?.Uses ?? 0) + (_values?.Uses() ?? 0) + (_files?.Uses() ?? 0);
        for (int i = 0; uses < 2 && i < (_children?.Count ?? 0); i++)
        {
            uses += _children![i].Uses();
        }

        return uses;
    }

    private void Collapse(SegmentKind kind)
    {
        _hasManyValues |= kind == SegmentKind.Word;
        _hasManyFiles |= kind == SegmentKind.File;
        _children!.RemoveAll(child => child._kind == kind && child._segment.Length > 0 && child.Drop());
        _service.Changed();
    }

    /// <summary>Takes the routes from here on out of the tree.</summary>
    /// <returns>True.</returns>
    private bool Drop()
    {
        if (Route is not null)
        {
            Route = null;
            _service.Dropped();
        }

        _values?.Drop();
        _files?.Drop();
        _children?.ForEach(child => child.Drop());
        return true;
    }
}
