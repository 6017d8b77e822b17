using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;

namespace Sonde.Telemetry.Tests.Metrics;

public sealed class RequestMetricsTests
{
    private static readonly Resource s_own = new([new("service.name", "sonde")]);

    private readonly TestClock _clock = new();
    private readonly SpanData _span = new();

    [Fact]
    public void Requests_fall_into_the_buckets_of_the_conventions()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        ulong start = _clock.Now;
        foreach (double seconds in (double[])[0, 0.005, 0.0051, 0.1, 9.99, 10, 10.01, 3600])
        {
            Record(metrics, seconds);
        }

        _clock.Advance(60);
        MetricPoint point = Assert.Single(Collect(metrics).Points);
        Assert.Equal("http.server.request.duration", point.Instrument.Name);
        Assert.Equal("s", point.Instrument.Unit);
        Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10], point.Instrument.Bounds);
        Assert.Same(TestSpans.Shop, point.Resource);
        Assert.Equal(start, point.StartTime);
        HistogramValue value = point.Histogram!;
        Assert.Equal([2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2], value.Buckets);
        Assert.Equal(8, value.Count);
        Assert.Equal(3630.1101, value.Sum, 6);
        Assert.Equal((0, 3600), (value.Min, value.Max));
        Assert.Equal(
            [new("http.request.method", "GET"), new("url.scheme", "http"), new("http.route", "/orders/{id}"),
                new("http.response.status_code", 200L), new("network.protocol.version", "1.1")],
            point.Attributes.Values);
    }

    [Fact]
    public void Only_attributes_of_the_metric_tell_series_apart_and_their_order_does_not_matter()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        AttributeKey a = new("a");
        AttributeKey b = new("b");
        foreach (int i in Enumerable.Range(0, 10))
        {
            _span.Reset();
            _span.Resource = TestSpans.Shop;
            _span.Instrument = TestSpans.ServerDuration;
            if (i % 2 == 0)
            {
                _span.Set(a, "x"u8, AttributeUse.Metric);
            }

            _span.Set(b, "y"u8, AttributeUse.Metric);
            _span.Set(SemanticAttributes.UrlPath, [(byte)('0' + i)]);
            _span.Set(a, "x"u8, AttributeUse.Metric);
            metrics.Record(_span);
        }

        Assert.Equal(10, Assert.Single(Collect(metrics).Points).Histogram!.Count);
    }

    [Fact]
    public void Different_values_kinds_resources_and_instruments_are_different_series()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        AttributeKey key = new("key");
        Action<SpanData>[] differences =
        [
            _ => { },
            span => span.Set(key, "1"u8, AttributeUse.Metric),
            span => span.Set(key, "2"u8, AttributeUse.Metric),
            span => span.Set(key, "12345678"u8, AttributeUse.Metric),
            span => span.Set(key, "12345679"u8, AttributeUse.Metric),
            span => span.Set(key, "123456789"u8, AttributeUse.Metric),
            span => span.Set(key, 1, AttributeUse.Metric),
            span => span.Set(key, true, AttributeUse.Metric),
            span => span.Set(key, 1.0, AttributeUse.Metric),
            span => span.Set(new AttributeKey("other"), "1"u8, AttributeUse.Metric),
            span => span.Resource = s_own,
            span => span.Instrument = new RequestInstrument("http.client.request.duration", "Duration of HTTP client requests."),
        ];
        foreach (Action<SpanData> difference in differences)
        {
            TestSpans.SetTypical(_span);
            difference(_span);
            metrics.Record(_span);
        }

        IReadOnlyList<MetricPoint> points = Collect(metrics).Points;
        Assert.Equal(differences.Length, points.Count);
        Assert.All(points, point => Assert.Equal(1, point.Histogram!.Count));
    }

    [Fact]
    public void Recording_does_not_allocate()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        Record(metrics, 0.1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            metrics.Record(_span);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_goes_beyond_the_limit_is_one_series()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings { MaxSeries = 1000 }, _clock);
        for (int i = 0; i < 3000; i++)
        {
            TestSpans.SetTypical(_span);
            _span.Set(SemanticAttributes.HttpRoute, i % 1500, AttributeUse.Metric);
            metrics.Record(_span);
        }

        IReadOnlyList<MetricPoint> points = Collect(metrics).Points;
        Assert.Equal(1001, points.Count);
        MetricPoint overflow = points.Single(point => point.Attributes.Values.Any(a => a.Key == "otel.metric.overflow"));
        Assert.Equal([new("otel.metric.overflow", true)], overflow.Attributes.Values);
        Assert.Same(s_own, overflow.Resource);
        Assert.Equal(1000, overflow.Histogram!.Count);
        Assert.All(points.Where(point => point != overflow), point => Assert.Equal(2, point.Histogram!.Count));
    }

    [Fact]
    public void Series_that_do_not_move_for_five_collections_are_dropped_and_begin_anew()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings { MaxSeries = 1 }, _clock);
        Record(metrics, 1);
        for (int i = 0; i < 5; i++)
        {
            _clock.Advance(60);
            Assert.Equal(1, Assert.Single(Collect(metrics).Points).Histogram!.Count);
        }

        Assert.Single(metrics.Services());
        _clock.Advance(60);
        ulong dropped = _clock.Now;
        Assert.Empty(Collect(metrics).Points);
        Assert.Empty(metrics.Services());

        // The limit counts what is there.
        _clock.Advance(60);
        Record(metrics, 2);
        MetricPoint point = Assert.Single(Collect(metrics).Points);
        Assert.Equal(1, point.Histogram!.Count);
        Assert.Equal(dropped, point.StartTime);
        Assert.Equal(5, point.Attributes.Values.Count);
    }

    [Fact]
    public void Exemplars_are_the_last_sampled_requests_of_each_bucket_since_the_last_collection()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        Record(metrics, 0.001, spanId: 1);
        Record(metrics, 0.002, spanId: 2);
        Record(metrics, 0.003, spanId: 3, sampled: false);
        Record(metrics, 20, spanId: 4);
        IReadOnlyList<Exemplar> exemplars = Assert.Single(Collect(metrics).Points).Histogram!.Exemplars;
        Assert.Equal([(2ul, 0.002), (4ul, 20.0)], exemplars.Select(e => (e.SpanId.Value, e.Value)));
        Assert.All(exemplars, e => Assert.Equal((_span.TraceId, _span.StartTime), (e.TraceId, e.Time - (ulong)(e.Value * 1e9))));

        HistogramValue later = Assert.Single(Collect(metrics).Points).Histogram!;
        Assert.Empty(later.Exemplars);
        Assert.Equal(4, later.Count);
    }

    [Fact]
    public async Task No_request_is_lost_or_torn_between_recording_and_collecting()
    {
        const int Requests = 300_000;
        var metrics = new RequestMetrics(s_own, new SeriesSettings { IdleCollections = int.MaxValue }, _clock);
        Task recording = Task.Run(
            () =>
            {
                var span = new SpanData();
                TestSpans.SetTypical(span);
                span.EndTime = span.StartTime + 1_000_000_000;
                for (int i = 0; i < Requests; i++)
                {
                    span.Set(SemanticAttributes.HttpResponseStatusCode, i % 300, AttributeUse.Metric);
                    metrics.Record(span);
                }
            },
            TestContext.Current.CancellationToken);
        while (!recording.IsCompleted)
        {
            Assert.All(Collect(metrics).Points, point =>
            {
                Assert.Equal(point.Histogram!.Count, point.Histogram.Buckets.Sum());
                Assert.Equal(point.Histogram.Count, point.Histogram.Sum);
            });
        }

        await recording;
        Assert.Equal(Requests, Collect(metrics).Points.Sum(point => point.Histogram!.Count));
    }

    [Fact]
    public void Services_show_rate_errors_and_quantiles()
    {
        var metrics = new RequestMetrics(s_own, new SeriesSettings(), _clock);
        Record(metrics, 5);
        ServiceRequests before = Assert.Single(metrics.Services());
        for (int i = 1; i <= 100; i++)
        {
            TestSpans.SetTypical(_span);
            _span.Status = i <= 10 ? SpanStatus.Error : SpanStatus.Unset;
            _span.EndTime = _span.StartTime + ((ulong)i * 1_000_000);
            _span.Set(SemanticAttributes.HttpResponseStatusCode, i <= 10 ? 500 : 200, AttributeUse.Metric);
            metrics.Record(_span);
        }

        ServiceRequests now = Assert.Single(metrics.Services());
        ServiceRequests since = now.Since(before);
        Assert.Equal(("shop", "http.server.request.duration"), (since.ServiceName, since.Instrument));
        Assert.Equal((100, 10, 101), (since.Requests, since.Errors, now.Requests));
        Assert.InRange(since.Latency.Quantile(0.5).TotalMilliseconds, 50 * 15 / 16.0, 50 * 17 / 16.0);
        Assert.InRange(since.Latency.Quantile(0.99).TotalMilliseconds, 99 * 15 / 16.0, 99 * 17 / 16.0);
        Assert.InRange(now.Latency.Quantile(1).TotalSeconds, 5 * 15 / 16.0, 5 * 17 / 16.0);
        Assert.Equal(TimeSpan.Zero, now.Since(now).Latency.Quantile(0.5));
    }

    private void Record(RequestMetrics metrics, double seconds, ulong spanId = 1, bool sampled = true)
    {
        TestSpans.SetTypical(_span);
        _span.SpanId = new SpanId(spanId);
        _span.IsSampled = sampled;
        _span.EndTime = _span.StartTime + (ulong)(seconds * 1e9);
        metrics.Record(_span);
    }

    private MetricCollection Collect(RequestMetrics metrics)
    {
        var collection = new MetricCollection(_clock.Now);
        metrics.Collect(collection);
        return collection;
    }
}
