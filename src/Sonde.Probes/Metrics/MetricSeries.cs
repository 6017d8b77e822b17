using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics;

/// <summary>One series of a probe's metric: the sum of what was counted since it began, in the program's unit, so that no rounding adds up.</summary>
internal sealed class MetricSeries(Resource resource, PointAttributes attributes, ulong startTime)
{
    private long _number;
    private long _count;
    private long[]? _buckets;
    private long _least = long.MaxValue;
    private long _greatest = long.MinValue;
    private (long Least, long Greatest)? _recent;

    /// <summary>Whether anything came since the last collection.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>Collections since something came.</summary>
    public int IdleCollections { get; private set; }

    public PointAttributes Attributes => attributes;

    /// <summary>Adds to a sum.</summary>
    public void Add(long amount)
    {
        _number += amount;
        HasMoved = true;
    }

    /// <summary>Replaces a value.</summary>
    public void Set(long value)
    {
        _number = value;
        HasMoved = true;
    }

    /// <summary>Adds to a histogram without buckets.</summary>
    public void Add(long count, long total)
    {
        _buckets ??= new long[1];
        _buckets[0] += count;
        _count += count;
        _number += total;
        HasMoved = true;
    }

    /// <summary>Adds to a histogram.</summary>
    public void Add(HistogramShape shape, long[] counted, long sum, long least, long greatest)
    {
        _buckets ??= new long[shape.Bounds.Count + 1];
        shape.Add(counted, _buckets);
        _count += counted.Sum();
        _number += sum;
        _least = Math.Min(_least, least);
        _greatest = Math.Max(_greatest, greatest);
        _recent = _recent is { } recent ? (Math.Min(recent.Least, least), Math.Max(recent.Greatest, greatest)) : (least, greatest);
        HasMoved = true;
    }

    /// <summary>The value now; what is "since the last collection" begins anew.</summary>
    public MetricPoint Collect(Instrument instrument, UnitRatio unit)
    {
        IdleCollections = HasMoved ? 0 : IdleCollections + 1;
        HasMoved = false;
        var point = new MetricPoint
        {
            Instrument = instrument,
            Resource = resource,
            Attributes = attributes,
            StartTime = instrument.Kind == InstrumentKind.Gauge ? 0 : startTime,
            Number = unit.Divisor == 1 ? (Number)(_number * unit.Factor) : unit.Convert(_number),
            Histogram = _buckets is null ? null : Histogram(unit),
        };
        _recent = null;
        return point;
    }

    private HistogramValue Histogram(UnitRatio unit) => new()
    {
        Count = _count,
        Sum = unit.Convert(_number),
        Buckets = [.. _buckets!],
        Min = _least <= _greatest ? unit.Convert(_least) : double.NaN,
        Max = _least <= _greatest ? unit.Convert(_greatest) : double.NaN,
        RecentMin = _recent is { } recent ? unit.Convert(recent.Least) : double.NaN,
        RecentMax = _recent is { } same ? unit.Convert(same.Greatest) : double.NaN,
    };
}
