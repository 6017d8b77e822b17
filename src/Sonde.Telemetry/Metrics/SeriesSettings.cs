namespace Sonde.Telemetry.Metrics;

/// <summary>How many series a metric may have, and for how long.</summary>
public sealed record SeriesSettings
{
    /// <summary>The series of one metric; what goes beyond is counted in one series with <c>otel.metric.overflow=true</c>.</summary>
    public int MaxSeries { get; init; } = 2_000;

    /// <summary>A series that has not moved for so many collections is dropped.</summary>
    public int IdleCollections { get; init; } = 5;
}
