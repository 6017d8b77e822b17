using System.Numerics;

namespace Sonde.Telemetry.Metrics;

/// <summary>
/// How long requests took, fine enough for quantiles: eight buckets to each power of two of nanoseconds, so a quantile is
/// off by at most a sixteenth. From about a microsecond to 18 minutes.
/// </summary>
public sealed class LatencyDistribution
{
    private const int SubBits = 3;
    private const int LeastLog = 10;
    private const int MostLog = 39;
    private const int Buckets = (MostLog - LeastLog + 1) << SubBits;

    private readonly long[] _counts;

    internal LatencyDistribution() => _counts = new long[Buckets];

    private LatencyDistribution(long[] counts) => _counts = counts;

    /// <summary>The duration that the given part of the requests did not exceed; zero when there was no request.</summary>
    /// <param name="part">From 0 to 1: 0.99 for the 99th percentile.</param>
    public TimeSpan Quantile(double part)
    {
        long total = _counts.Sum();
        long rank = Math.Max(1, (long)Math.Ceiling(part * total));
        for (int i = 0; i < Buckets; i++)
        {
            rank -= _counts[i];
            if (rank <= 0 && total > 0)
            {
                // The middle of the bucket.
                double sub = (i & ((1 << SubBits) - 1)) + 0.5;
                double nanoseconds = Math.ScaleB(1 + (sub / (1 << SubBits)), (i >> SubBits) + LeastLog);
                return TimeSpan.FromMicroseconds(nanoseconds / 1000);
            }
        }

        return TimeSpan.Zero;
    }

    internal void Add(ulong nanoseconds)
    {
        int log = BitOperations.Log2(nanoseconds | 1);
        int bucket = log < LeastLog ? 0
            : log > MostLog ? Buckets - 1
            : ((log - LeastLog) << SubBits) | (int)((nanoseconds >> (log - SubBits)) & ((1 << SubBits) - 1));
        _counts[bucket]++;
    }

    internal LatencyDistribution Copy() => new([.. _counts]);

    internal LatencyDistribution Minus(LatencyDistribution earlier)
    {
        long[] counts = new long[Buckets];
        for (int i = 0; i < Buckets; i++)
        {
            counts[i] = Math.Max(0, _counts[i] - earlier._counts[i]);
        }

        return new LatencyDistribution(counts);
    }
}
