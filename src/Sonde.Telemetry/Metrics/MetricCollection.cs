using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Metrics;

/// <summary>Whether points count from the beginning of their series or from the collection before.</summary>
public enum Temporality
{
    Cumulative,
    Delta,
}

/// <summary>All points of one collection.</summary>
/// <param name="time">When it is made, nanoseconds since the Unix epoch.</param>
public sealed class MetricCollection(ulong time)
{
    private readonly List<MetricPoint> _points = [];

    /// <summary>When it was made, nanoseconds since the Unix epoch.</summary>
    public ulong Time { get; } = time;

    public IReadOnlyList<MetricPoint> Points => _points;

    /// <summary>What the histograms' points are; sources give cumulative ones.</summary>
    public Temporality HistogramTemporality { get; internal init; }

    /// <summary>What the counters' points are; sources give cumulative ones.</summary>
    public Temporality CounterTemporality { get; internal init; }

    public void Add(in MetricPoint point) => _points.Add(point);

    /// <summary>Adds a number; the start is only of use to counters.</summary>
    public void Add(Instrument instrument, Resource resource, PointAttributes attributes, Number value, ulong startTime = 0) =>
        _points.Add(new MetricPoint
        {
            Instrument = instrument,
            Resource = resource,
            Attributes = attributes,
            Number = value,
            StartTime = startTime,
        });
}

/// <summary>Has series, and is asked for their values at each collection.</summary>
public interface IMetricSource
{
    /// <summary>
    /// Adds a point for each series: sums and histograms since the series' start. Called from one thread at a time, which
    /// is not the tracer's; one reader only, since what is "since the last collection" is told once.
    /// </summary>
    void Collect(MetricCollection collection);
}

/// <summary>Takes collections to where they are read.</summary>
public interface IMetricExporter : IDisposable
{
    /// <summary>Sends a collection.</summary>
    /// <returns>Whether all of it was taken.</returns>
    Task<bool> ExportAsync(MetricCollection collection, CancellationToken giveUp);
}
