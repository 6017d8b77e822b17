using System.Diagnostics;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Metrics.V1;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;
using Metric = OpenTelemetry.Proto.Metrics.V1.Metric;

namespace Sonde.Telemetry.Tests.Metrics;

/// <summary>Collections as they arrive at a receiver, decoded with the official definitions.</summary>
public sealed class PeriodicMetricReaderTests
{
    private static readonly Resource s_own = new([new("service.name", "sonde")]);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly TestClock _clock = new();
    private readonly SpanData _span = new();

    public static TheoryData<OtlpProtocol> Protocols => [OtlpProtocol.HttpProtobuf, OtlpProtocol.Grpc];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Request_metrics_arrive_with_exemplars(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        var requests = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        await using PeriodicMetricReader reader = Start(collector, [requests]);
        ulong start = _clock.Now;
        Record(requests, 0.002);
        Record(requests, 0.3);
        _clock.Advance(60);
        Assert.True(await reader.FlushAsync(s_limit));

        ResourceMetrics resource = Take(collector).ResourceMetrics.Single();
        Assert.Equal("shop", resource.Resource.Attributes.Single(a => a.Key == "service.name").Value.StringValue);
        Assert.Equal("https://opentelemetry.io/schemas/1.41.0", resource.SchemaUrl);
        Metric metric = resource.ScopeMetrics.Single().Metrics.Single();
        Assert.Equal("sonde", resource.ScopeMetrics[0].Scope.Name);
        Assert.Equal(("http.server.request.duration", "s", "Duration of HTTP server requests."), (metric.Name, metric.Unit, metric.Description));
        Assert.Equal(AggregationTemporality.Cumulative, metric.Histogram.AggregationTemporality);
        HistogramDataPoint point = metric.Histogram.DataPoints.Single();
        Assert.Equal((start, _clock.Now), (point.StartTimeUnixNano, point.TimeUnixNano));
        Assert.Equal((2ul, 0.302, 0.002, 0.3), (point.Count, point.Sum, point.Min, point.Max));
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], point.BucketCounts);
        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10], point.ExplicitBounds);
        Assert.Equal(200, point.Attributes.Single(a => a.Key == "http.response.status_code").Value.IntValue);
        Assert.Equal("/orders/{id}", point.Attributes.Single(a => a.Key == "http.route").Value.StringValue);
        Assert.Equal([0.002, 0.3], point.Exemplars.Select(e => e.AsDouble));
        Assert.All(point.Exemplars, e => Assert.Equal("0AF7651916CD43DD8448EB211C80319C", Convert.ToHexString(e.TraceId.Span)));
        Assert.All(point.Exemplars, e => Assert.Equal("B7AD6B7169203331", Convert.ToHexString(e.SpanId.Span)));
        Assert.Equal(_span.EndTime, point.Exemplars[1].TimeUnixNano);
    }

    [Fact]
    public async Task Own_figures_arrive_as_what_they_are()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        var own = new OwnMetrics(s_own, _clock);
        own.AddCounter("sonde.spans.sent", "{span}", "Spans sent.", () => 7L);
        own.AddCounter("sonde.parse.failures", "{failure}", "Parse failures.", () => 1L, new([new("sonde.protocol", "http")]));
        own.AddCounter("sonde.parse.failures", "{failure}", "Parse failures.", () => 2L, new([new("sonde.protocol", "redis")]));
        own.AddUpDownCounter("sonde.spans.queued", "{span}", "Spans queued.", () => -3L);
        own.AddGauge("sonde.load", "1", "Load.", () => 0.25);
        Assert.Throws<ArgumentException>(() => own.AddGauge("sonde.spans.sent", "{span}", "Again.", () => 1));
        await using PeriodicMetricReader reader = Start(collector, [own]);
        await reader.FlushAsync(s_limit);

        Dictionary<string, Metric> metrics = Take(collector).ResourceMetrics.Single().ScopeMetrics.Single().Metrics.ToDictionary(m => m.Name);
        Assert.True(metrics["sonde.spans.sent"].Sum.IsMonotonic);
        Assert.Equal(7, metrics["sonde.spans.sent"].Sum.DataPoints.Single().AsInt);
        Assert.Equal(["http 1", "redis 2"], metrics["sonde.parse.failures"].Sum.DataPoints.Select(p => $"{p.Attributes.Single().Value.StringValue} {p.AsInt}"));
        Assert.False(metrics["sonde.spans.queued"].Sum.IsMonotonic);
        Assert.Equal(-3, metrics["sonde.spans.queued"].Sum.DataPoints.Single().AsInt);
        Assert.Equal(AggregationTemporality.Cumulative, metrics["sonde.spans.queued"].Sum.AggregationTemporality);
        Assert.Equal(0.25, metrics["sonde.load"].Gauge.DataPoints.Single().AsDouble);
        Assert.Equal(0ul, metrics["sonde.load"].Gauge.DataPoints.Single().StartTimeUnixNano);
    }

    [Theory]
    [InlineData(TemporalityPreference.Cumulative, new[] { 3L, 8, 8 }, new ulong[] { 1, 3, 3 }, false, false)]
    [InlineData(TemporalityPreference.Delta, new[] { 3L, 5 }, new ulong[] { 1, 2 }, true, true)]
    [InlineData(TemporalityPreference.LowMemory, new[] { 3L, 8, 8 }, new ulong[] { 1, 2 }, false, true)]
    public async Task Temporality_is_what_was_asked_for(
        TemporalityPreference preference, long[] counter, ulong[] counts, bool counterStarts, bool histogramStarts)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        long value = 3;
        var own = new OwnMetrics(s_own, _clock);
        own.AddCounter("sonde.count", "1", "Count.", () => value);
        var requests = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        ulong start = _clock.Now;
        await using PeriodicMetricReader reader = Start(collector, [own, requests], preference);
        Record(requests, 1);
        _clock.Advance(60);
        ulong first = _clock.Now;
        await reader.FlushAsync(s_limit);
        value = 8;
        Record(requests, 2);
        Record(requests, 3);
        _clock.Advance(60);
        await reader.FlushAsync(s_limit);
        _clock.Advance(60);
        await reader.FlushAsync(s_limit);

        Metric[] metrics = [.. collector.Metrics.SelectMany(r => r.ResourceMetrics).SelectMany(r => r.ScopeMetrics).SelectMany(s => s.Metrics)];
        NumberDataPoint[] sums = [.. metrics.Where(m => m.Name == "sonde.count").SelectMany(m => m.Sum.DataPoints)];
        HistogramDataPoint[] histograms = [.. metrics.Where(m => m.Histogram is not null).SelectMany(m => m.Histogram.DataPoints)];
        Assert.Equal(counter, sums.Select(p => p.AsInt));
        Assert.Equal(counts, histograms.Select(p => p.Count));
        Assert.Equal([start, counterStarts ? first : start], sums.Take(2).Select(p => p.StartTimeUnixNano));
        Assert.Equal([start, histogramStarts ? first : start], histograms.Take(2).Select(p => p.StartTimeUnixNano));
        HistogramDataPoint second = histograms[1];
        Assert.Equal(histogramStarts ? (5.0, 2.0, 3.0) : (6.0, 1.0, 3.0), (second.Sum, second.Min, second.Max));
        Assert.Equal(second.Count, second.BucketCounts.Aggregate(0ul, (sum, n) => sum + n));
    }

    [Fact]
    public async Task Delta_that_could_not_be_sent_is_in_the_next()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Respond = attempt => attempt == 1 ? new Answer(HttpStatus: 400) : null;
        var requests = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        await using PeriodicMetricReader reader = Start(collector, [requests], TemporalityPreference.Delta);
        Record(requests, 1);
        Assert.False(await reader.FlushAsync(s_limit));
        Record(requests, 5);
        Record(requests, 4);
        Assert.True(await reader.FlushAsync(s_limit));
        HistogramDataPoint point = Take(collector).ResourceMetrics[0].ScopeMetrics[0].Metrics[0].Histogram.DataPoints[0];
        Assert.Equal((3ul, 10.0, 1.0, 5.0), (point.Count, point.Sum, point.Min, point.Max));
    }

    [Fact]
    public async Task Collections_come_by_themselves_and_once_more_at_the_end()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        long reads = 0;
        var own = new OwnMetrics(s_own, _clock);
        own.AddCounter("sonde.reads", "1", "Reads.", () => ++reads);
        PeriodicMetricReader reader = Start(collector, [own], interval: TimeSpan.FromMilliseconds(50));
        await Until.TrueAsync(() => collector.Metrics.Count >= 2, "two collections have arrived");
        await reader.DisposeAsync();
        Assert.Equal(reads, collector.Metrics.Last().ResourceMetrics[0].ScopeMetrics[0].Metrics[0].Sum.DataPoints[0].AsInt);
    }

    [Fact]
    public async Task Receiver_that_is_away_does_not_hold_up_the_end()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Respond = _ => new Answer(HttpStatus: 503);
        var own = new OwnMetrics(s_own, _clock);
        own.AddCounter("sonde.count", "1", "Count.", () => 1L);
        PeriodicMetricReader reader = Start(collector, [own], interval: TimeSpan.FromMilliseconds(50));
        await Until.TrueAsync(() => collector.Attempts > 0, "an attempt is made");
        var clock = Stopwatch.StartNew();
        await reader.DisposeAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 7);
        Assert.Empty(collector.Metrics);
    }

    [Fact]
    public async Task Many_points_go_in_several_requests()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        var requests = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        for (int i = 0; i < 2_000; i++)
        {
            TestSpans.SetTypical(_span);
            _span.Set(SemanticAttributes.HttpResponseStatusCode, i, AttributeUse.Metric);
            requests.Record(_span);
        }

        await using PeriodicMetricReader reader = Start(collector, [requests]);
        Assert.True(await reader.FlushAsync(s_limit));
        Assert.Equal(2, collector.Metrics.Count);
        Assert.Equal(2_000, collector.Metrics.Sum(r => r.ResourceMetrics.Single().ScopeMetrics.Single().Metrics.Single().Histogram.DataPoints.Count));
    }

    private static ExportMetricsServiceRequest Take(Collector collector)
    {
        Assert.True(collector.Metrics.TryDequeue(out ExportMetricsServiceRequest? request));
        Assert.Empty(collector.Metrics);
        return request;
    }

    private void Record(RequestMetrics requests, double seconds)
    {
        TestSpans.SetTypical(_span);
        _span.EndTime = _span.StartTime + (ulong)(seconds * 1e9);
        requests.Record(_span);
    }

    private PeriodicMetricReader Start(
        Collector collector,
        IReadOnlyList<IMetricSource> sources,
        TemporalityPreference preference = TemporalityPreference.Cumulative,
        TimeSpan? interval = null)
    {
        OtlpSettings otlp = OtlpSettings.Read(OtlpSignal.Metrics, name => collector.Environment.GetValueOrDefault(name), []);
        var settings = new MetricReaderSettings { Temporality = preference, Interval = interval ?? TimeSpan.FromHours(1) };
        return new PeriodicMetricReader(sources, new OtlpMetricExporter(otlp, _ => { }), settings, _clock);
    }
}
