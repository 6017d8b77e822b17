using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Tests.Prometheus;

/// <summary>A counter, a gauge and a histogram with an exemplar, of two resources.</summary>
internal sealed class SomePoints : IMetricSource
{
    public static readonly Resource Shop = new(
    [
        new("service.name", "shop"), new("service.namespace", "eu"), new("service.instance.id", "1\"2"), new("host.name", "a\\b"), new("process.pid", 17L),
    ]);

    public static readonly Resource Own = new([new("service.name", "sonde")]);

    public static readonly Instrument Retransmissions = new() { Name = "tcp.retransmissions", Unit = "1", Description = "Segments\nsent again.", Kind = InstrumentKind.Counter };

    public static readonly Instrument Memory = new() { Name = "sonde.memory.resident", Unit = "By", Description = "Memory.", Kind = InstrumentKind.UpDownCounter };

    public static readonly Instrument Duration = new()
    {
        Name = "http.server.request.duration",
        Unit = "s",
        Description = "Duration.",
        Kind = InstrumentKind.Histogram,
        Bounds = [0.005, 1, 2.5],
    };

    public static IReadOnlyList<MetricPoint> All { get; } =
    [
        new() { Instrument = Retransmissions, Resource = Own, Attributes = new([new("net.src.port", 80L), new("tcp.state", "syn_sent")]), Number = 3L },
        new() { Instrument = Retransmissions, Resource = Own, Attributes = PointAttributes.Overflow, Number = 9L },
        new() { Instrument = Memory, Resource = Own, Attributes = PointAttributes.None, Number = 1234.5 },
        new()
        {
            Instrument = Duration,
            Resource = Shop,
            Attributes = new([new("http.route", "/a\"b\\c\n")]),
            Histogram = new HistogramValue
            {
                Count = 6,
                Sum = 4,
                Buckets = [1, 2, 0, 3],
                Exemplars = [new Exemplar(new TraceId(0, 1), new SpanId(2), 1_700_000_000_123_000_000, 0.5)],
            },
        },
        new() { Instrument = Retransmissions, Resource = Own, Attributes = new([new("net.src.port", 80L), new("tcp.state", "syn_sent")]), Number = 4L },
    ];

    public void Collect(MetricCollection collection)
    {
        foreach (MetricPoint point in All)
        {
            collection.Add(point);
        }
    }
}
