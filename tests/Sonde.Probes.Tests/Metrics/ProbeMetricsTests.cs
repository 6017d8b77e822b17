using Sonde.Probes.Metrics;
using Sonde.Probes.Model;
using Sonde.Probes.Running;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Resources;
using static Sonde.Probes.Tests.Output.Sample;

namespace Sonde.Probes.Tests.Metrics;

public sealed class ProbeMetricsTests
{
    private static readonly Resource s_own = new([new("service.name", "sonde")]);

    private readonly ProbeMap _map = Map("@x", AggregationKind.Count, Int);
    private readonly List<MapSnapshot> _next = [];
    private readonly Counts _counts;
    private ulong _time = 1_000;

    public ProbeMetricsTests() => _counts = new Counts(_next);

    [Fact]
    public void Counts_are_added_up_since_the_series_began()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);

        _next.Add(Rows(_map, (Bytes(1), new NumberCell(5))));
        MetricPoint first = Assert.Single(Points(metrics));
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(2)), (Bytes(2), new NumberCell(1))));
        MetricPoint[] second = Points(metrics);

        Assert.Equal(5, first.Number.Integer);
        Assert.Equal([(1L, 7L), (2L, 1L)], second.Select(point => ((long)point.Attributes.Values[0].Value, point.Number.Integer)));
        Assert.Equal(first.StartTime, second[0].StartTime);
        Assert.Equal(2_000ul, second[1].StartTime);
        Assert.Same(first.Attributes, second[0].Attributes);
    }

    [Fact]
    public void Series_that_do_not_move_are_dropped_and_begin_anew()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);

        _next.Add(Rows(_map, (Bytes(1), new NumberCell(5))));
        int[] seen = [.. Enumerable.Range(0, 7).Select(_ => Points(metrics).Length)];
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(1))));
        MetricPoint again = Assert.Single(Points(metrics));

        // The collection in which it moved, and four in which it did not.
        Assert.Equal([1, 1, 1, 1, 1, 0, 0], seen);
        Assert.Equal((1L, 8_000ul), (again.Number.Integer, again.StartTime));
    }

    [Fact]
    public void What_goes_beyond_the_limit_is_one_series_with_what_the_kernel_refused()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);

        MapSnapshot rows = Rows(_map, [.. Enumerable.Range(0, 10).Select(i => (Bytes(i), (MapCell)new NumberCell(1)))]);
        _next.Add(rows with { Rows = [.. rows.Rows, new MapRow([], new NumberCell(4)) { IsRefused = true }] });
        MetricPoint[] points = Points(metrics);
        MetricPoint overflow = points.Single(point => point.Attributes == PointAttributes.Overflow);

        Assert.Equal(5, points.Length);
        Assert.Equal(6 + 4, overflow.Number.Integer);
        Assert.Equal(14, points.Sum(point => point.Number.Integer));
    }

    [Fact]
    public void Histograms_keep_their_summary_in_the_metrics_unit()
    {
        ProbeMap map = Map("@x", AggregationKind.PowerOfTwo);
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Histogram) with { Unit = "ms", CountedIn = "ns", Range = (1_000_000, 4_000_000) }, map);

        _next.Add(Rows(map, ([], new HistogramCell(Histogram(1_500_000, 3_000_000, 9_000_000).Buckets, 13_500_000, 1_500_000, 9_000_000))));
        MetricPoint point = Assert.Single(Points(metrics));
        _next.Add(Rows(map, ([], new HistogramCell(Histogram(5).Buckets, 5, 5, 5))));
        MetricPoint next = Assert.Single(Points(metrics));

        Assert.Equal([1.048575, 2.097151, 4.194303], point.Instrument.Bounds);
        Assert.Equal([0, 1, 1, 1], point.Histogram!.Buckets);
        Assert.Equal((3, 13.5, 1.5, 9), (point.Histogram.Count, point.Histogram.Sum, point.Histogram.Min, point.Histogram.Max));
        Assert.Equal([1, 1, 1, 1], next.Histogram!.Buckets);
        Assert.Equal((5e-6, 9, 5e-6, 5e-6), (next.Histogram.Min, next.Histogram.Max, next.Histogram.RecentMin, next.Histogram.RecentMax));
    }

    [Fact]
    public void Statistics_are_a_histogram_of_one_bucket_and_averages_a_gauge()
    {
        ProbeMap statistics = Map("@s", AggregationKind.Statistics), average = Map("@a", AggregationKind.Average);
        ProbeMetrics metrics = Create([Metric("@s", InstrumentKind.Histogram), Metric("@a", InstrumentKind.Gauge)], statistics, average);

        _next.AddRange([Rows(statistics, ([], new MeanCell(4, 20))), Rows(average, ([], new MeanCell(4, 20)))]);
        MetricPoint[] points = Points(metrics);

        Assert.Equal((4, 20.0, 4), (points[0].Histogram!.Count, points[0].Histogram!.Sum, points[0].Histogram!.Buckets.Single()));
        Assert.Equal((5L, 0ul), (points[1].Number.Integer, points[1].StartTime));
    }

    [Fact]
    public void Maps_that_are_assigned_are_told_as_they_stand()
    {
        ProbeMap map = Map("@x", Int, Int);
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), map);

        _next.Add(Values(map, (Bytes(1), Bytes(5)), (Bytes(2), Bytes(6))));
        long[] first = [.. Points(metrics).Select(point => point.Number.Integer)];
        _next.Add(Values(map, (Bytes(2), Bytes(9))));
        long[] second = [.. Points(metrics).Select(point => point.Number.Integer)];

        Assert.Equal([5, 6], first);
        Assert.Equal([9], second);
    }

    [Fact]
    public void Attributes_are_decoded_and_processes_lend_their_resource()
    {
        ProbeMap map = Map("@x", AggregationKind.Count, Int, Int, Text);
        MapMetric metric = Metric("@x", InstrumentKind.Counter) with
        {
            Attributes =
            [
                new KeyAttribute("process.pid", "process", new Dictionary<string, string>()),
                new KeyAttribute("error.type", "errno", new Dictionary<string, string>()),
                new KeyAttribute("kind", null, new Dictionary<string, string> { ["R"] = "read" }),
            ],
        };
        ProbeMetrics metrics = Create(metric, map);

        _next.Add(Rows(map, (Bytes(17, 0, "R"), new NumberCell(1)), (Bytes(17, 2, "W"), new NumberCell(1)), (Bytes(18, 2, ""), new NumberCell(1))));
        MetricPoint[] points = Points(metrics);

        Assert.Equal(["process.pid=17 kind=read", "process.pid=17 error.type=ENOENT kind=W", "process.pid=18 error.type=ENOENT"], points.Select(point =>
            string.Join(' ', point.Attributes.Values.Select(value => $"{value.Key}={value.Value}"))));
        Assert.Equal(["service-17", "service-17", "service-18"], points.Select(point => point.Resource.ServiceName));
    }

    [Fact]
    public void Probes_tell_what_they_lose_and_cost()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);
        _counts.Costs = new ProbeCosts(1, 2, 3, 4, TimeSpan.FromSeconds(5));

        var collection = new MetricCollection(5_000);
        metrics.Collect(collection);

        Assert.Equal(
            ["sonde.probe.keys.refused 2", "sonde.probe.events.lost 1", "sonde.probe.recursion.misses 3", "sonde.probe.runs 4", "sonde.probe.duration 5"],
            collection.Points.Select(point => $"{point.Instrument.Name} {point.Number.Double}"));
        Assert.All(collection.Points, point => Assert.Equal("some.probe", point.Attributes.Values[0].Value));
    }

    [Fact]
    public void What_a_removed_probe_counted_last_is_told_until_it_is_idle()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(5))));
        Points(metrics);
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(2))));

        metrics.Remove("some.probe");
        _next.Clear();
        MetricPoint[][] told = [.. Enumerable.Range(0, 7).Select(_ => Points(metrics))];

        Assert.True(_counts.IsStopped);
        Assert.Equal([1, 1, 1, 1, 1, 0, 0], told.Select(points => points.Length));
        Assert.All(told.SelectMany(points => points), point => Assert.Equal(7, point.Number.Integer));
        var last = new MetricCollection(_time);
        metrics.Collect(last);
        Assert.Empty(last.Points);
    }

    [Fact]
    public void A_metric_goes_on_when_its_probe_is_replaced()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(5)), (Bytes(2), new NumberCell(3))));
        MetricPoint[] first = Points(metrics);

        // Both have run at the same time, and each has counted the event.
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(1))));
        var next = new List<MapSnapshot> { Rows(_map, (Bytes(1), new NumberCell(1))) };
        Add(metrics, Metric("@x", InstrumentKind.Counter, "key") with { Description = "Other." }, new Counts(next), _map);
        next[0] = Rows(_map, (Bytes(1), new NumberCell(10)));
        MetricPoint[] second = Points(metrics);

        Assert.True(_counts.IsStopped);
        Assert.Equal([16L, 3L], second.Select(point => point.Number.Integer));
        Assert.Equal(first.Select(point => point.StartTime), second.Select(point => point.StartTime));
        Assert.All(second, point => Assert.Equal("Other.", point.Instrument.Description));
    }

    [Fact]
    public void A_metric_of_another_nature_begins_anew()
    {
        ProbeMetrics metrics = Create(Metric("@x", InstrumentKind.Counter, "key"), _map);
        _next.Add(Rows(_map, (Bytes(1), new NumberCell(5))));
        Points(metrics);

        var next = new List<MapSnapshot>();
        Add(metrics, Metric("@x", InstrumentKind.Counter, "key") with { Unit = "{call}" }, new Counts(next), _map);
        next.Add(Rows(_map, (Bytes(1), new NumberCell(2))));
        MetricPoint point = Assert.Single(Points(metrics));

        Assert.Equal(("{call}", 2L), (point.Instrument.Unit, point.Number.Integer));
    }

    [Theory]
    [InlineData("@y", InstrumentKind.Counter, "the program has no map @y; it has @x")]
    [InlineData("@x", InstrumentKind.Histogram, "@x cannot be a histogram, but a counter")]
    public void What_the_program_does_not_yield_is_told_with_its_place(string map, InstrumentKind kind, string message)
    {
        var exception = Assert.Throws<ProbeFileException>(() => Create(Metric(map, kind, "key"), _map));

        Assert.Equal($"some.probe.yaml:7:5: {message}", exception.Message);
    }

    [Fact]
    public void Each_part_of_a_key_needs_an_attribute()
    {
        var exception = Assert.Throws<ProbeFileException>(() => Create(Metric("@x", InstrumentKind.Counter), _map));

        Assert.Equal("some.probe.yaml:7:5: the key of @x has 1 part, and 'attributes' has 0: write one for each part", exception.Message);
    }

    private static MapMetric Metric(string map, InstrumentKind kind, params string[] attributes) => new()
    {
        Map = map,
        Name = "some.metric",
        Unit = "1",
        CountedIn = "1",
        Description = "Some.",
        Instrument = kind,
        Attributes = [.. attributes.Select(key => new KeyAttribute(key, null, new Dictionary<string, string>()))],
        Line = 7,
        Column = 5,
    };

    private ProbeMetrics Create(MapMetric metric, params ProbeMap[] maps) => Create([metric], maps);

    private ProbeMetrics Create(MapMetric[] metrics, params ProbeMap[] maps)
    {
        var all = new ProbeMetrics(s_own, new SeriesSettings { MaxSeries = 4, IdleCollections = 5 }, new Processes(), TimeProvider.System);
        Add(all, metrics, _counts, maps);
        return all;
    }

    private static void Add(ProbeMetrics all, MapMetric metric, Counts counts, ProbeMap map) => Add(all, [metric], counts, [map]);

    private static void Add(ProbeMetrics all, MapMetric[] metrics, Counts counts, ProbeMap[] maps)
    {
        var program = new ProbeProgram { Text = "", Probes = [], Maps = maps, Outputs = [], TimeFormats = [] };
        var file = new ProbeFile { Name = "some.probe", Path = "some.probe.yaml", Description = "", Programs = [], Metrics = metrics };
        all.Add(file, program, new Output.Sample(), counts, NoTypes.Instance);
    }

    /// <summary>The points of the next collection, without the probe's own figures.</summary>
    private MetricPoint[] Points(ProbeMetrics metrics)
    {
        var collection = new MetricCollection(_time += 1_000);
        metrics.Collect(collection);
        _next.Clear();
        return [.. collection.Points.Where(point => point.Instrument.Name == "some.metric")];
    }

    private sealed class Counts(List<MapSnapshot> next) : IProbeCounts
    {
        public ProbeCosts Costs { get; set; }

        public bool IsStopped { get; private set; }

        public IReadOnlyList<MapSnapshot> Take() => [.. next];

        public void Stop() => IsStopped = true;
    }

    private sealed class Processes : IProcessCatalog
    {
        private readonly Dictionary<uint, ObservedProcess> _known = [];

        public ObservedProcess Find(uint pid)
        {
            if (!_known.TryGetValue(pid, out ObservedProcess? process))
            {
                _known.Add(pid, process = new ObservedProcess(pid) { Resource = new Resource([new("service.name", $"service-{pid}")]) });
            }

            return process;
        }

        public void Started(uint pid, ReadOnlySpan<byte> program, ReadOnlySpan<byte> arguments)
        {
        }

        public void Ended(uint pid)
        {
        }
    }
}
