using System.Runtime.InteropServices;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>Adds up what the CPUs (and both generations, where both are read) hold for one key of an aggregation. The words are those of <see cref="Code.MapLayout"/>.</summary>
internal sealed class MapAccumulator(Aggregation aggregation, int words)
{
    /// <summary>Count, sum, minimum and maximum behind the buckets.</summary>
    private const int SummaryWords = 4;

    private readonly long[] _totals = new long[words];

    /// <summary>True once a CPU had counted anything.</summary>
    internal bool IsUsed { get; private set; }

    private bool IsHistogram => aggregation.Kind is AggregationKind.PowerOfTwo or AggregationKind.Linear;

    private int BucketCount => aggregation.KeepsSummary ? _totals.Length - SummaryWords : _totals.Length;

    /// <summary>Adds the values of all CPUs, one behind the other.</summary>
    internal void Add(ReadOnlySpan<byte> values)
    {
        ReadOnlySpan<long> all = MemoryMarshal.Cast<byte, long>(values);
        for (; all.Length >= words; all = all[words..])
        {
            if (all[..words].ContainsAnyExcept(0))
            {
                AddCpu(all[..words]);
            }
        }
    }

    internal MapCell ToCell() => aggregation.Kind switch
    {
        AggregationKind.Average or AggregationKind.Statistics => new MeanCell(Count: _totals[1], Total: _totals[0]),
        _ when !IsHistogram => new NumberCell(_totals[0]),
        _ when aggregation.KeepsSummary => new HistogramCell(_totals[..BucketCount], _totals[BucketCount + 1], _totals[BucketCount + 2], _totals[BucketCount + 3]),
        _ => new HistogramCell(_totals[..BucketCount], 0, 0, 0),
    };

    private void AddCpu(ReadOnlySpan<long> cpu)
    {
        switch (aggregation.Kind)
        {
            case AggregationKind.Minimum or AggregationKind.Maximum:
                if (cpu[1] != 0)
                {
                    _totals[0] = IsUsed ? Extreme(aggregation.Kind == AggregationKind.Minimum, _totals[0], cpu[0]) : cpu[0];
                    IsUsed = true;
                }

                return;
            case AggregationKind.PowerOfTwo or AggregationKind.Linear when aggregation.KeepsSummary:
                AddSummary(_totals.AsSpan(BucketCount), cpu[BucketCount..]);
                break;
        }

        int sums = IsHistogram ? BucketCount : words;
        for (int i = 0; i < sums; i++)
        {
            _totals[i] += cpu[i];
        }

        IsUsed = true;
    }

    private void AddSummary(Span<long> total, ReadOnlySpan<long> cpu)
    {
        if (cpu[0] == 0)
        {
            return;
        }

        (total[2], total[3]) = total[0] == 0
            ? (cpu[2], cpu[3])
            : (Extreme(least: true, total[2], cpu[2]), Extreme(least: false, total[3], cpu[3]));
        total[0] += cpu[0];
        total[1] += cpu[1];
    }

    private long Extreme(bool least, long one, long other)
    {
        bool isOneLess = aggregation.IsSigned ? one < other : (ulong)one < (ulong)other;
        return isOneLess == least ? one : other;
    }
}
