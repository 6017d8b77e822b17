using CsCheck;
using Sonde.Probes.Metrics;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Metrics;

public sealed class HistogramShapeTests
{
    private static readonly Aggregation s_powers = new(AggregationKind.PowerOfTwo, true);

    [Fact]
    public void Bounds_are_the_greatest_values_of_the_buckets()
    {
        var shape = new HistogramShape(s_powers, (1, 8), UnitRatio.None);

        Assert.Equal([1, 3, 7, 15], shape.Bounds);
    }

    [Fact]
    public void Bounds_are_in_the_metrics_unit()
    {
        Assert.True(UnitConversion.TryFind("ns", "ms", out UnitRatio unit));

        Assert.Equal([1023 / 1e6, 2047 / 1e6], new HistogramShape(s_powers, (1000, 2000), unit).Bounds);
    }

    [Fact]
    public void Linear_bounds_end_where_the_range_ends()
    {
        var aggregation = new Aggregation(AggregationKind.Linear, true) { LinearMin = 10, LinearMax = 40, LinearStep = 10 };

        Assert.Equal([9, 19, 29, 39], new HistogramShape(aggregation, null, UnitRatio.None).Bounds);
    }

    /// <summary>Whatever is counted falls, by OpenTelemetry's rule, where the shape puts it.</summary>
    [Fact]
    public void Every_value_lies_between_its_bounds() => Gen.Select(Gen.Long, Gen.Int[0, 40], Gen.Int[1, 20]).Sample((value, first, count) =>
    {
        var shape = new HistogramShape(s_powers, (1L << first, 1L << (first + count)), UnitRatio.None);
        long[] counted = new long[66];
        counted[value < 0 ? 0 : value == 0 ? 1 : 2 + (int)long.Log2(value)] = 1;
        long[] buckets = new long[shape.Bounds.Count + 1];

        shape.Add(counted, buckets);

        int expected = 0;
        while (expected < shape.Bounds.Count && value > shape.Bounds[expected])
        {
            expected++;
        }

        return buckets[expected] == 1 && buckets.Sum() == 1;
    });
}
