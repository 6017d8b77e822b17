namespace Sonde.Telemetry.Metrics;

/// <summary>What a metric's points are.</summary>
public enum InstrumentKind
{
    /// <summary>A sum that only grows.</summary>
    Counter,

    /// <summary>A sum that grows and shrinks.</summary>
    UpDownCounter,

    /// <summary>A value as it is now.</summary>
    Gauge,

    /// <summary>How often values fell between explicit bounds.</summary>
    Histogram,
}

/// <summary>A metric's name and nature, made once and shared: series are told apart by reference.</summary>
public sealed class Instrument
{
    /// <summary>The name, as the semantic conventions spell it.</summary>
    public required string Name { get; init; }

    /// <summary>The unit in UCUM's notation, such as <c>s</c> or <c>{span}</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    public required InstrumentKind Kind { get; init; }

    /// <summary>The upper bounds of a histogram's buckets, inclusive and growing; one more bucket is above the last.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];
}
