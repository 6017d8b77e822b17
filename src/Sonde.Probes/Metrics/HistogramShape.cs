using Sonde.Probes.Model;

namespace Sonde.Probes.Metrics;

/// <summary>
/// How the buckets of <c>hist()</c> or <c>lhist()</c> become those of a metric. The program's are closed below, [a, b); OpenTelemetry's
/// are closed above, (a, b]. What is counted are integers, so [a, b) is (a − 1, b − 1], and the bound b − 1 says exactly what was counted.
/// </summary>
internal sealed class HistogramShape
{
    private readonly int _first;
    private readonly int _last;

    /// <param name="aggregation">A histogram's.</param>
    /// <param name="range">The values between which buckets are told apart; null for all.</param>
    /// <param name="unit">The bounds' conversion.</param>
    public HistogramShape(Aggregation aggregation, (long Least, long Greatest)? range, UnitRatio unit)
    {
        IReadOnlyList<long> greatest = Greatest(aggregation);
        _first = range is { } least ? IndexOf(greatest, least.Least) : 0;
        _last = range is { } most ? Math.Max(_first, IndexOf(greatest, most.Greatest)) : greatest.Count - 1;
        _last = Math.Min(_last, greatest.Count - 1);
        Bounds = [.. greatest.Skip(_first).Take(_last - _first + 1).Select(bound => unit.Convert(bound))];
    }

    /// <summary>The upper bounds in the metric's unit; one more bucket is above them.</summary>
    public IReadOnlyList<double> Bounds { get; }

    /// <summary>Adds the program's counts to the metric's.</summary>
    public void Add(ReadOnlySpan<long> counted, Span<long> buckets)
    {
        for (int i = 0; i < counted.Length; i++)
        {
            buckets[Math.Clamp(i - _first, 0, buckets.Length - 1)] += counted[i];
        }
    }

    /// <summary>The greatest value of each bucket but the last, which has none.</summary>
    private static IReadOnlyList<long> Greatest(Aggregation aggregation)
    {
        if (aggregation.Kind == AggregationKind.PowerOfTwo)
        {
            // Bucket 0 is negative, 1 is zero, k + 2 is [2^k, 2^(k+1)).
            return [-1, 0, .. Enumerable.Range(1, 63).Select(exponent => exponent == 63 ? long.MaxValue : (1L << exponent) - 1)];
        }

        long buckets = (aggregation.LinearMax - aggregation.LinearMin) / aggregation.LinearStep;
        return [aggregation.LinearMin - 1, .. Enumerable.Range(1, (int)buckets).Select(step => aggregation.LinearMin + (step * aggregation.LinearStep) - 1)];
    }

    /// <summary>The first bucket that holds the value; the count when none of these does.</summary>
    private static int IndexOf(IReadOnlyList<long> greatest, long value)
    {
        int index = 0;
        while (index < greatest.Count && greatest[index] < value)
        {
            index++;
        }

        return index;
    }
}
