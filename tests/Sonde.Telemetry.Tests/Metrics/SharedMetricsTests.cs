using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;
using Xunit;

namespace Sonde.Telemetry.Tests.Metrics;

public sealed class SharedMetricsTests
{
    [Fact]
    public void Each_reader_is_told_what_came_since_it_read()
    {
        var source = new Source();
        var shared = new SharedMetrics([source]);
        IMetricSource one = shared.AddReader(), other = shared.AddReader();

        (double, double) first = Read(one, source, 5);
        (double, double) second = Read(one, source, 2);
        (double, double) all = Read(other, source, 9);
        (double, double) last = Read(other, source, double.NaN);

        Assert.Equal((5, 5), first);
        Assert.Equal((2, 2), second);
        Assert.Equal((2, 9), all);
        Assert.Equal((double.NaN, double.NaN), last);
    }

    private static (double, double) Read(IMetricSource reader, Source source, double value)
    {
        source.Value = value;
        var collection = new MetricCollection(1);
        reader.Collect(collection);
        HistogramValue histogram = Assert.Single(collection.Points).Histogram!;
        return (histogram.RecentMin, histogram.RecentMax);
    }

    private sealed class Source : IMetricSource
    {
        private static readonly Instrument s_instrument = new() { Name = "x", Unit = "s", Description = "", Kind = InstrumentKind.Histogram };
        private static readonly Resource s_resource = new([]);

        public double Value { get; set; }

        public void Collect(MetricCollection collection) => collection.Add(new MetricPoint
        {
            Instrument = s_instrument,
            Resource = s_resource,
            Attributes = PointAttributes.None,
            Histogram = new HistogramValue { Count = 1, Sum = 1, Buckets = [1], RecentMin = Value, RecentMax = Value },
        });
    }
}
