namespace Sonde.Telemetry.Metrics;

/// <summary>
/// The attributes of one series. A source keeps the object for as long as it keeps the series, so that a series is
/// known again, by reference, from one collection to the next.
/// </summary>
/// <param name="values">Keys and values; a value is a <see cref="string"/>, <see cref="long"/>, <see cref="double"/> or <see cref="bool"/>.</param>
public sealed class PointAttributes(IEnumerable<KeyValuePair<string, object>> values)
{
    /// <summary>No attributes.</summary>
    public static readonly PointAttributes None = new([]);

    /// <summary>What marks the series that takes what goes beyond a metric's limit of series (metrics SDK, "Overflow attribute").</summary>
    public static readonly PointAttributes Overflow = new([new("otel.metric.overflow", true)]);

    /// <summary>Keys and values, each key once.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Values { get; } = [.. values];
}
