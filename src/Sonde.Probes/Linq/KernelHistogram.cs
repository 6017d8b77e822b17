using Sonde.Probes.Running;

namespace Sonde.Probes.Linq;

/// <summary>A bucket of a histogram, and how many values were in it.</summary>
/// <param name="Least">The least value of the bucket.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="Count">Values.</param>
public readonly record struct HistogramBucket(long Least, long Greatest, long Count);

/// <summary>How often values were of which size. Buckets double: 0, 1, 2 to 3, 4 to 7, …; one is for all negative values.</summary>
public sealed class KernelHistogram
{
    private readonly HistogramCell _cell;

    internal KernelHistogram(HistogramCell cell)
    {
        _cell = cell;
        Count = cell.Buckets.Sum();
    }

    /// <summary>All values.</summary>
    public long Count { get; }

    public long Sum => _cell.Sum;

    /// <summary>The least value.</summary>
    public long Minimum => _cell.Minimum;

    /// <summary>The greatest value.</summary>
    public long Maximum => _cell.Maximum;

    /// <summary>Those that are not empty, the smallest first.</summary>
    public IEnumerable<HistogramBucket> Buckets
    {
        get
        {
            for (int i = 0; i < _cell.Buckets.Length; i++)
            {
                if (_cell.Buckets[i] != 0)
                {
                    yield return new(LeastOf(i), GreatestOf(i), _cell.Buckets[i]);
                }
            }
        }
    }

    /// <summary>Bucket 0 is negative, 1 is zero, k + 2 is [2^k, 2^(k+1)).</summary>
    internal static long LeastOf(int bucket) => bucket switch
    {
        0 => long.MinValue,
        1 => 0,
        _ => 1L << (bucket - 2),
    };

    internal static long GreatestOf(int bucket) => bucket switch
    {
        0 => -1,
        1 => 0,
        >= 64 => long.MaxValue,
        _ => (1L << (bucket - 1)) - 1,
    };
}
