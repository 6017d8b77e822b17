using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Metrics;

/// <summary>
/// Makes points that count since the last collection that was taken out of points that count since their series' start.
/// When a collection could not be sent, the next one counts for both.
/// </summary>
internal sealed class DeltaConverter
{
    private readonly Dictionary<(Instrument, Resource, PointAttributes), Series> _series = [];

    /// <summary>The point with what it grew by, or null when it did not.</summary>
    /// <param name="point">A counter's or histogram's point, counted since the series' start.</param>
    /// <param name="time">When it was collected.</param>
    public MetricPoint? Convert(in MetricPoint point, ulong time)
    {
        (Instrument, Resource, PointAttributes) key = (point.Instrument, point.Resource, point.Attributes);
        if (!_series.TryGetValue(key, out Series? series) || series.Start != point.StartTime)
        {
            _series[key] = series = new Series { Start = point.StartTime, TakenTime = point.StartTime, Taken = point with { Number = Zero(point), Histogram = null } };
        }

        series.IsSeen = true;
        series.Latest = point;
        series.LatestTime = time;
        MetricPoint delta = point with { StartTime = series.TakenTime };
        if (point.Histogram is { } histogram)
        {
            series.Min = Smaller(series.Min, histogram.RecentMin);
            series.Max = -Smaller(-series.Max, -histogram.RecentMax);
            HistogramValue grown = Subtract(histogram, series);
            return grown.Count == 0 ? null : delta with { Histogram = grown };
        }

        Number growth = point.Number - series.Taken.Number;
        return growth.Double == 0 ? null : delta with { Number = growth };
    }

    /// <summary>The points since the last call have been taken: the next ones count from there. Forgets series that were not seen.</summary>
    public void Commit()
    {
        foreach ((var key, Series series) in _series)
        {
            if (!series.IsSeen)
            {
                _series.Remove(key);
                continue;
            }

            series.IsSeen = false;
            series.Taken = series.Latest;
            series.TakenTime = series.LatestTime;
            series.Min = double.NaN;
            series.Max = double.NaN;
        }
    }

    private static Number Zero(in MetricPoint point) => point.Number.IsInteger ? (Number)0L : 0.0;

    /// <summary>NaN stands for none.</summary>
    private static double Smaller(double left, double right) =>
        double.IsNaN(left) ? right : double.IsNaN(right) ? left : Math.Min(left, right);

    private static HistogramValue Subtract(HistogramValue now, Series series)
    {
        HistogramValue? before = series.Taken.Histogram;
        long[] buckets = new long[now.Buckets.Count];
        for (int i = 0; i < buckets.Length; i++)
        {
            buckets[i] = now.Buckets[i] - (before?.Buckets[i] ?? 0);
        }

        return new HistogramValue
        {
            Count = now.Count - (before?.Count ?? 0),
            Sum = now.Sum - (before?.Sum ?? 0),
            Buckets = buckets,
            Min = series.Min,
            Max = series.Max,
            Exemplars = now.Exemplars,
        };
    }

    private sealed class Series
    {
        public ulong Start { get; init; }

        public MetricPoint Taken { get; set; }

        public ulong TakenTime { get; set; }

        public MetricPoint Latest { get; set; }

        public ulong LatestTime { get; set; }

        public bool IsSeen { get; set; }

        public double Min { get; set; } = double.NaN;

        public double Max { get; set; } = double.NaN;
    }
}
