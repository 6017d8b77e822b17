using System.Runtime.InteropServices;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

public sealed class MapAccumulatorTests
{
    [Fact]
    public void Counts_sums_and_means_are_added_over_the_CPUs()
    {
        Assert.Equal(new NumberCell(7), Merge(new(AggregationKind.Count, false), 1, [3], [0], [4]));
        Assert.Equal(new NumberCell(-5), Merge(new(AggregationKind.Sum, true), 2, [-9, 1], [0, 0], [4, 1]));
        Assert.Equal(new MeanCell(Count: 3, Total: 30), Merge(new(AggregationKind.Average, true), 2, [10, 1], [20, 2]));
        Assert.Equal(new MeanCell(Count: 2, Total: 9), Merge(new(AggregationKind.Statistics, true), 2, [4, 1], [5, 1]));
    }

    [Theory]
    [InlineData(AggregationKind.Minimum, true, -4)]
    [InlineData(AggregationKind.Minimum, false, 5)]
    [InlineData(AggregationKind.Maximum, true, 5)]
    [InlineData(AggregationKind.Maximum, false, -4)]
    public void Extremes_have_a_sign_and_leave_out_CPUs_that_saw_nothing(AggregationKind kind, bool isSigned, long expected) =>
        Assert.Equal(new NumberCell(expected), Merge(new(kind, isSigned), 2, [0, 0], [5, 1], [-4, 1]));

    [Fact]
    public void An_extreme_of_zero_counts() => Assert.Equal(new NumberCell(0), Merge(new(AggregationKind.Minimum, true), 2, [5, 1], [0, 1]));

    [Fact]
    public void Histograms_add_bucket_by_bucket_and_keep_their_summary()
    {
        Aggregation aggregation = new(AggregationKind.Linear, true) { LinearMin = 0, LinearMax = 2, LinearStep = 1, KeepsSummary = true };
        // 4 buckets, then count, sum, minimum, maximum.
        HistogramCell cell = Assert.IsType<HistogramCell>(Merge(aggregation, 8, [1, 2, 0, 0, 3, -1, -3, 1], [0, 0, 0, 0, 0, 99, 99, 99], [0, 1, 0, 5, 6, 40, 1, 9]));
        Assert.Equal([1, 3, 0, 5], cell.Buckets);
        Assert.Equal((39, -3, 9), (cell.Sum, cell.Minimum, cell.Maximum));
    }

    [Fact]
    public void Two_readings_of_one_key_are_one_row()
    {
        MapAccumulator accumulator = new(new(AggregationKind.Maximum, true), 2);
        Assert.False(accumulator.IsUsed);
        accumulator.Add(MemoryMarshal.AsBytes<long>([3, 1]));
        accumulator.Add(MemoryMarshal.AsBytes<long>([2, 1]));
        Assert.True(accumulator.IsUsed);
        Assert.Equal(new NumberCell(3), accumulator.ToCell());
    }

    private static MapCell Merge(Aggregation aggregation, int words, params long[][] cpus)
    {
        MapAccumulator accumulator = new(aggregation, words);
        accumulator.Add(MemoryMarshal.AsBytes<long>(cpus.SelectMany(each => each).ToArray()));
        return accumulator.ToCell();
    }
}
