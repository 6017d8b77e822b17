using Sonde.Probes.Running;

namespace Sonde.Probes.Linq.Results;

/// <summary>
/// Values that have a given histogram: as many in each bucket, with the same sum, least and greatest value. One is the least, one the
/// greatest, and the others lie in their buckets where the sum wants them, each as far from its bucket's begin as all.
/// </summary>
internal static class HistogramValues
{
    /// <param name="cell">The histogram, with its summary.</param>
    /// <param name="take">Gets a value, and how often it is.</param>
    public static void ForEach(HistogramCell cell, Action<double, long> take)
    {
        long[] rest = [.. cell.Buckets];
        long count = rest.Sum();
        if (count == 0)
        {
            return;
        }

        take(cell.Minimum, 1);
        rest[BucketOf(cell.Minimum)]--;
        if (count == 1)
        {
            return;
        }

        take(cell.Maximum, 1);
        rest[BucketOf(cell.Maximum)]--;
        double least = 0, greatest = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            least += (double)rest[i] * Least(cell, i);
            greatest += (double)rest[i] * Greatest(cell, i);
        }

        double wanted = (double)cell.Sum - cell.Minimum - cell.Maximum;
        double part = greatest > least ? Math.Clamp((wanted - least) / (greatest - least), 0, 1) : 0;
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] > 0)
            {
                double from = Least(cell, i), to = Greatest(cell, i);
                take(Math.Clamp(from + (part * (to - from)), from, to), rest[i]);
            }
        }
    }

    private static int BucketOf(long value) => value switch
    {
        < 0 => 0,
        0 => 1,
        _ => 2 + (int)long.Log2(value),
    };

    private static long Least(HistogramCell cell, int bucket) => Math.Max(KernelHistogram.LeastOf(bucket), cell.Minimum);

    private static long Greatest(HistogramCell cell, int bucket) => Math.Min(KernelHistogram.GreatestOf(bucket), cell.Maximum);
}
