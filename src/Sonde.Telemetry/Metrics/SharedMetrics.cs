using System.Runtime.InteropServices;
using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Metrics;

/// <summary>
/// Lets several readers read the same sources, which tell only once what came since the last collection (extremes, exemplars): each
/// reader gets what it has not seen yet. One reader at a time is let through.
/// </summary>
/// <param name="sources">Asked in this order.</param>
public sealed class SharedMetrics(IReadOnlyList<IMetricSource> sources)
{
    private readonly Lock _lock = new();
    private readonly List<View> _views = [];

    /// <summary>The sources as one reader sees them.</summary>
    public IMetricSource AddReader()
    {
        var view = new View(this);
        lock (_lock)
        {
            _views.Add(view);
        }

        return view;
    }

    private void Collect(View reader, MetricCollection collection)
    {
        lock (_lock)
        {
            var collected = new MetricCollection(collection.Time);
            foreach (IMetricSource source in sources)
            {
                source.Collect(collected);
            }

            foreach (View other in _views.Where(view => view != reader))
            {
                other.Keep(collected.Points);
            }

            reader.Release(collected.Points, collection);
        }
    }

    private sealed class View(SharedMetrics shared) : IMetricSource
    {
        /// <summary>What others have been told and this reader has not.</summary>
        private readonly Dictionary<(Instrument, Resource, PointAttributes), (double Min, double Max, IReadOnlyList<Exemplar> Exemplars)> _pending = [];

        public void Collect(MetricCollection collection) => shared.Collect(this, collection);

        public void Keep(IReadOnlyList<MetricPoint> points)
        {
            foreach (MetricPoint point in points)
            {
                if (point.Histogram is { } histogram && !double.IsNaN(histogram.RecentMin))
                {
                    ref var kept = ref CollectionsMarshal.GetValueRefOrAddDefault(_pending, Key(point), out bool exists);
                    kept = (
                        exists ? Math.Min(kept.Min, histogram.RecentMin) : histogram.RecentMin,
                        exists ? Math.Max(kept.Max, histogram.RecentMax) : histogram.RecentMax,
                        histogram.Exemplars.Count > 0 || !exists ? histogram.Exemplars : kept.Exemplars);
                }
            }
        }

        public void Release(IReadOnlyList<MetricPoint> points, MetricCollection collection)
        {
            foreach (MetricPoint point in points)
            {
                collection.Add(point.Histogram is { } histogram && _pending.TryGetValue(Key(point), out var kept)
                    ? point with { Histogram = Join(histogram, kept) }
                    : point);
            }

            _pending.Clear();
        }

        private static (Instrument, Resource, PointAttributes) Key(in MetricPoint point) => (point.Instrument, point.Resource, point.Attributes);

        private static HistogramValue Join(HistogramValue histogram, (double Min, double Max, IReadOnlyList<Exemplar> Exemplars) kept) => new()
        {
            Count = histogram.Count,
            Sum = histogram.Sum,
            Buckets = histogram.Buckets,
            Min = histogram.Min,
            Max = histogram.Max,
            RecentMin = double.IsNaN(histogram.RecentMin) ? kept.Min : Math.Min(kept.Min, histogram.RecentMin),
            RecentMax = double.IsNaN(histogram.RecentMax) ? kept.Max : Math.Max(kept.Max, histogram.RecentMax),
            Exemplars = histogram.Exemplars.Count > 0 ? histogram.Exemplars : kept.Exemplars,
        };
    }
}
