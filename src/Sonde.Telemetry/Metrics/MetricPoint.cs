using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Metrics;

/// <summary>One series' value at a collection.</summary>
public readonly record struct MetricPoint
{
    public required Instrument Instrument { get; init; }

    /// <summary>What the point is about.</summary>
    public required Resource Resource { get; init; }

    public required PointAttributes Attributes { get; init; }

    /// <summary>Since when the value has been summed up, nanoseconds since the Unix epoch; 0 for a gauge.</summary>
    public ulong StartTime { get; init; }

    /// <summary>The value of all but a histogram.</summary>
    public Number Number { get; init; }

    /// <summary>The value of a histogram.</summary>
    public HistogramValue? Histogram { get; init; }
}

/// <summary>An integer or a floating-point number; a series does not change between them.</summary>
public readonly record struct Number
{
    private readonly long _bits;

    private Number(long bits, bool isInteger) => (_bits, IsInteger) = (bits, isInteger);

    public bool IsInteger { get; }

    /// <summary>The value when <see cref="IsInteger"/>.</summary>
    public long Integer => _bits;

    /// <summary>The value, whatever it is.</summary>
    public double Double => IsInteger ? _bits : BitConverter.Int64BitsToDouble(_bits);

    public static implicit operator Number(long value) => new(value, true);

    public static implicit operator Number(double value) => new(BitConverter.DoubleToInt64Bits(value), false);

    public static Number operator -(Number left, Number right) =>
        left.IsInteger ? new Number(left._bits - right._bits, true) : (Number)(left.Double - right.Double);
}

/// <summary>A histogram's value. Immutable.</summary>
public sealed class HistogramValue
{
    public required long Count { get; init; }

    public required double Sum { get; init; }

    /// <summary>A count for each of the instrument's bounds, and one more.</summary>
    public required IReadOnlyList<long> Buckets { get; init; }

    /// <summary>Over the same time as the counts; NaN when it is not known.</summary>
    public double Min { get; init; } = double.NaN;

    /// <summary>Over the same time as the counts; NaN when it is not known.</summary>
    public double Max { get; init; } = double.NaN;

    /// <summary>Since the collection before this one; NaN when nothing was measured since or it is not known.</summary>
    public double RecentMin { get; init; } = double.NaN;

    /// <summary>Since the collection before this one; NaN when nothing was measured since or it is not known.</summary>
    public double RecentMax { get; init; } = double.NaN;

    /// <summary>Measurements since the collection before this one, with the spans that they come from.</summary>
    public IReadOnlyList<Exemplar> Exemplars { get; init; } = [];
}

/// <summary>A measurement that stands for others, and the span that it comes from.</summary>
/// <param name="TraceId">The span's trace.</param>
/// <param name="SpanId">The span.</param>
/// <param name="Time">When it was measured, nanoseconds since the Unix epoch; 0 when there is none.</param>
/// <param name="Value">What was measured.</param>
public readonly record struct Exemplar(TraceId TraceId, SpanId SpanId, ulong Time, double Value);
