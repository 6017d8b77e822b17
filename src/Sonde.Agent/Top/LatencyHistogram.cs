using System.Numerics;

namespace Sonde.Agent.Top;

/// <summary>Counts durations in buckets that are at most 1/16 wide: percentiles are right to about 3 %.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 4;
    private const int Sub = 1 << SubBits;
    private const int LowestExponent = 10; // About a microsecond; what is shorter counts as that.
    private const int HighestExponent = 40; // About 18 minutes.

    private readonly uint[] _counts = new uint[(HighestExponent - LowestExponent + 1) * Sub];

    /// <summary>How many durations were counted.</summary>
    public long Total { get; private set; }

    /// <summary>Counts a duration.</summary>
    /// <param name="nanoseconds">The duration.</param>
    public void Add(ulong nanoseconds)
    {
        _counts[Index(nanoseconds)]++;
        Total++;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Total = 0;
    }

    /// <summary>The duration below which a part of those in both histograms lies.</summary>
    /// <param name="other">The other histogram.</param>
    /// <param name="quantile">0 to 1.</param>
    /// <returns>Nanoseconds, the middle of a bucket; 0 when both are empty.</returns>
    public ulong Quantile(LatencyHistogram other, double quantile)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(quantile * (Total + other.Total)));
        long below = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            below += _counts[i] + other._counts[i];
            if (below >= rank)
            {
                int exponent = LowestExponent + (i / Sub);
                return (ulong)((2 * (Sub + (i % Sub))) + 1) << (exponent - SubBits - 1);
            }
        }

        return 0;
    }

    private static int Index(ulong nanoseconds)
    {
        int exponent = BitOperations.Log2(nanoseconds | 1);
        return exponent < LowestExponent ? 0
            : exponent > HighestExponent ? ((HighestExponent - LowestExponent + 1) * Sub) - 1
            : ((exponent - LowestExponent) * Sub) + (int)((nanoseconds >> (exponent - SubBits)) & (Sub - 1));
    }
}
