using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Metrics;

/// <summary>
/// The requests that share a resource, an instrument and all attributes that go on the metric. Finding and recording do
/// not allocate. Guarded by the lock of <see cref="RequestMetrics"/>.
/// </summary>
internal sealed class RequestSeries
{
    /// <summary>Requests choose their attributes' values: nobody outside may know which of them collide.</summary>
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly (SpanAttribute Attribute, byte[] Text)[] _values;
    private readonly long[] _buckets;
    private readonly RequestInstrument? _request;
    private Exemplar[]? _exemplars;
    private long _count;
    private double _sum;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private double _recentMin = double.NaN;
    private double _recentMax = double.NaN;

    /// <summary>A series like that of the given request.</summary>
    public RequestSeries(RequestMetric metric, Resource resource, SpanData span, uint hash, ulong startTime)
        : this(metric, resource, Values(span), hash, startTime) => _request = span.Instrument;

    /// <summary>The series of what goes beyond the metric's limit.</summary>
    public RequestSeries(RequestMetric metric, Resource resource, ulong startTime)
        : this(metric, resource, [], 0, startTime) => Attributes = PointAttributes.Overflow;

    private RequestSeries(
        RequestMetric metric, Resource resource, (SpanAttribute Attribute, byte[] Text)[] values, uint hash, ulong startTime)
    {
        Metric = metric;
        Resource = resource;
        Hash = hash;
        StartTime = startTime;
        _values = values;
        _buckets = new long[RequestMetric.Bounds.Count + 1];
        Attributes = new PointAttributes(values.Select(Pair));
    }

    public RequestMetric Metric { get; }

    public Resource Resource { get; }

    public PointAttributes Attributes { get; }

    public uint Hash { get; }

    public ulong StartTime { get; }

    /// <summary>The next in the hash table's bucket.</summary>
    public RequestSeries? Next { get; set; }

    /// <summary>What the service as a whole did; null for the overflow.</summary>
    public ServiceTotals? Service { get; init; }

    /// <summary>Collections since the series last moved.</summary>
    public int IdleCollections { get; private set; }

    /// <summary>The hash of what tells series apart. The order of the attributes does not matter.</summary>
    public static uint HashOf(SpanData span)
    {
        ulong hash = Mix((uint)RuntimeHelpers.GetHashCode(span.Resource) | ((ulong)(uint)RuntimeHelpers.GetHashCode(span.Instrument) << 32));
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            if ((attribute.Use & AttributeUse.Metric) != 0)
            {
                ulong value = attribute.Kind == AttributeKind.Text ? HashOf(span.Text(attribute)) : (ulong)attribute.Number;
                hash += Mix(value ^ ((ulong)RuntimeHelpers.GetHashCode(attribute.Key) << 20));
            }
        }

        hash = Mix(hash);
        return (uint)(hash >> 32);
    }

    /// <summary>Whether the request belongs to the series.</summary>
    public bool Holds(SpanData span)
    {
        if (!ReferenceEquals(Resource, span.Resource) || !ReferenceEquals(_request, span.Instrument))
        {
            return false;
        }

        int found = 0;
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            if ((attribute.Use & AttributeUse.Metric) != 0)
            {
                // Mostly the attributes come in the order in which they came the first time.
                if (!(found < _values.Length && IsSame(_values[found], span, attribute)) && !Has(span, attribute))
                {
                    return false;
                }

                found++;
            }
        }

        return found == _values.Length;
    }

    public void Record(SpanData span, ulong nanoseconds)
    {
        double seconds = nanoseconds / 1e9;
        int bucket = RequestMetric.BucketOf(seconds);
        _buckets[bucket]++;
        _count++;
        _sum += seconds;
        _min = Math.Min(_min, seconds);
        _max = Math.Max(_max, seconds);
        _recentMin = seconds < _recentMin || double.IsNaN(_recentMin) ? seconds : _recentMin;
        _recentMax = seconds > _recentMax || double.IsNaN(_recentMax) ? seconds : _recentMax;
        if (span.IsSampled)
        {
            // The last one of a bucket wins (metrics SDK, "AlignedHistogramBucketExemplarReservoir").
            _exemplars ??= new Exemplar[_buckets.Length];
            _exemplars[bucket] = new Exemplar(span.TraceId, span.SpanId, span.EndTime, seconds);
        }

        Service?.Record(span, nanoseconds);
    }

    /// <summary>The value now; what is "since the last collection" begins anew.</summary>
    public MetricPoint Collect()
    {
        IdleCollections = double.IsNaN(_recentMin) ? IdleCollections + 1 : 0;
        var value = new HistogramValue
        {
            Count = _count,
            Sum = _sum,
            Buckets = [.. _buckets],
            Min = _min,
            Max = _max,
            RecentMin = _recentMin,
            RecentMax = _recentMax,
            Exemplars = _exemplars is null ? [] : [.. _exemplars.Where(exemplar => exemplar.Time != 0)],
        };
        _recentMin = double.NaN;
        _recentMax = double.NaN;
        _exemplars?.AsSpan().Clear();
        return new MetricPoint
        {
            Instrument = Metric.Instrument,
            Resource = Resource,
            Attributes = Attributes,
            StartTime = StartTime,
            Histogram = value,
        };
    }

    private bool Has(SpanData span, in SpanAttribute attribute)
    {
        foreach (ref (SpanAttribute, byte[]) value in _values.AsSpan())
        {
            if (IsSame(value, span, attribute))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSame(in (SpanAttribute Attribute, byte[] Text) value, SpanData span, in SpanAttribute attribute) =>
        ReferenceEquals(value.Attribute.Key, attribute.Key)
        && value.Attribute.Kind == attribute.Kind
        && (attribute.Kind == AttributeKind.Text
            ? span.Text(attribute).SequenceEqual(value.Text)
            : value.Attribute.Number == attribute.Number);

    private static (SpanAttribute, byte[])[] Values(SpanData span)
    {
        var values = new List<(SpanAttribute, byte[])>();
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            if ((attribute.Use & AttributeUse.Metric) != 0)
            {
                values.Add((attribute, attribute.Kind == AttributeKind.Text ? span.Text(attribute).ToArray() : []));
            }
        }

        return [.. values];
    }

    private static KeyValuePair<string, object> Pair((SpanAttribute Attribute, byte[] Text) value) => new(
        value.Attribute.Key.Name,
        value.Attribute.Kind switch
        {
            AttributeKind.Text => Encoding.UTF8.GetString(value.Text),
            AttributeKind.Integer => value.Attribute.Number,
            AttributeKind.Double => value.Attribute.Double,
            _ => value.Attribute.Number != 0,
        });

    private static ulong HashOf(ReadOnlySpan<byte> text)
    {
        ulong hash = (uint)text.Length;
        while (text.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(text));
            text = text[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (byte character in text)
        {
            rest = (rest << 8) | character;
        }

        return Mix(hash ^ rest);
    }

    /// <summary>As MurmurHash3 ends (<c>fmix64</c>), seeded. A product of 128 bits would do with less, where the processor is known to have it.</summary>
    private static ulong Mix(ulong value)
    {
        value ^= s_seed;
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }
}
