using System.Runtime.InteropServices;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Export;

/// <summary>Encoded spans that go into one request, in a buffer that is reused.</summary>
internal sealed class SpanBatch(int capacity, int bytes)
{
    private readonly ProtobufWriter _encoded = new(bytes);
    private readonly Entry[] _entries = new Entry[capacity];

    /// <summary>The first and the last entry of each resource.</summary>
    private readonly Dictionary<Resource, (int First, int Last)> _groups = [];

    private static readonly Resource s_unknown = new([]);

    /// <summary>The place of the batch in the order of batches; grows.</summary>
    public long Sequence { get; set; }

    public int Count { get; private set; }

    public int Bytes => _encoded.Length;

    /// <summary>Whether another span should go into the next batch.</summary>
    public bool IsFull => Count == _entries.Length || _encoded.Length >= bytes - (bytes / 16);

    /// <summary>Whether the buffer has grown past what it was made for, by spans that are very large.</summary>
    public bool HasGrown => _encoded.Capacity > bytes;

    /// <summary>Encodes a span behind the others. Does not allocate unless the buffer must grow.</summary>
    public void Add(SpanData span)
    {
        int begin = _encoded.Length;
        SpanEncoder.Write(_encoded, span);
        _entries[Count++] = new Entry(span.Resource ?? s_unknown, begin, _encoded.Length - begin, -1);
    }

    public void Clear()
    {
        Array.Clear(_entries, 0, Count);
        Count = 0;
        _encoded.Clear();
    }

    /// <summary>
    /// Writes all spans as <c>ExportTraceServiceRequest</c> (trace_service.proto): a <c>ResourceSpans</c> for each resource,
    /// the spans of one resource in their order.
    /// </summary>
    public void WriteRequest(ProtobufWriter request)
    {
        for (int i = 0; i < Count; i++)
        {
            ref (int First, int Last) group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, _entries[i].Resource, out bool exists);
            if (exists)
            {
                _entries[group.Last].Next = i;
                group.Last = i;
            }
            else
            {
                group = (i, i);
            }
        }

        ReadOnlySpan<byte> encoded = _encoded.Written.Span;
        foreach ((Resource resource, (int first, int _)) in _groups)
        {
            (int, int) begun = ResourceEncoder.Begin(request, resource);
            for (int i = first; i >= 0; i = _entries[i].Next)
            {
                request.Raw(encoded.Slice(_entries[i].Offset, _entries[i].Length));
            }

            ResourceEncoder.End(request, begun);
        }

        _groups.Clear();
    }

    private record struct Entry(Resource Resource, int Offset, int Length, int Next);
}
