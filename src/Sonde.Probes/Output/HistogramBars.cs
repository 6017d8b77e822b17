using Sonde.Probes.Model;

namespace Sonde.Probes.Output;

/// <summary>What the buckets of <c>hist()</c> and <c>lhist()</c> hold, and which of them are shown.</summary>
internal static class HistogramBars
{
    /// <summary>The buckets from the first to the last that are not empty.</summary>
    public static Range Shown(long[] buckets)
    {
        int first = Array.FindIndex(buckets, count => count != 0);
        return first < 0 ? ..0 : first..(Array.FindLastIndex(buckets, count => count != 0) + 1);
    }

    /// <summary>The least and the greatest value of a bucket; null where there is no bound.</summary>
    public static (long? Least, long? Greatest) Bounds(Aggregation aggregation, int bucket, int count)
    {
        if (aggregation.Kind == AggregationKind.PowerOfTwo)
        {
            return bucket switch
            {
                0 => (null, -1),
                1 => (0, 0),
                // The last is [2^63, 2^64): its end is no long.
                _ => (1L << (bucket - 2), bucket - 2 >= 62 ? long.MaxValue : (1L << (bucket - 1)) - 1),
            };
        }

        long least = aggregation.LinearMin + ((bucket - 1) * aggregation.LinearStep);
        return bucket == 0 ? (null, aggregation.LinearMin - 1)
            : bucket == count - 1 ? (aggregation.LinearMax, null)
            : (least, least + aggregation.LinearStep - 1);
    }

    /// <summary>A bucket as text: <c>[1K, 2K)</c>.</summary>
    public static string Label(Aggregation aggregation, int bucket, int count)
    {
        (long? least, long? greatest) = Bounds(aggregation, bucket, count);
        if (aggregation.Kind == AggregationKind.PowerOfTwo)
        {
            return bucket < 3 && least is { } single ? $"[{single}]" : bucket == 0 ? "(..., 0)" : $"[{Power(bucket - 2)}, {Power(bucket - 1)})";
        }

        return greatest is not { } end ? $"[{Scaled(least!.Value)}, ...)"
            : least is not { } start ? $"(..., {Scaled(end + 1)})"
            : $"[{Scaled(start)}, {Scaled(end + 1)})";
    }

    private static string Power(int exponent)
    {
        int unit = Math.Min(exponent / 10, 4);
        return $"{1L << (exponent - (unit * 10))}{(unit == 0 ? "" : "KMGT"[unit - 1])}";
    }

    private static string Scaled(long number) =>
        number == 0 ? "0"
        : number % (1 << 20) == 0 ? $"{number >> 20}M"
        : number % (1 << 10) == 0 ? $"{number >> 10}K"
        : $"{number}";
}
