using System.Linq.Expressions;
using Sonde.Probes.Linq.Results;
using Sonde.Probes.Linq.Translation;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq;

/// <summary>Events by a key, to be aggregated in the kernel: each CPU adds up for itself, and no event crosses to this process.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">An event.</typeparam>
public sealed class KernelGroups<TKey, T>
    where TKey : notnull
{
    private readonly QueryPlan _plan;
    private readonly ResultShape _key;
    private readonly int _maxKeys;

    internal KernelGroups(QueryPlan plan, ResultShape key, int maxKeys) => (_plan, _key, _maxKeys) = (plan, key, maxKeys);

    /// <summary>How many events there were.</summary>
    public KernelAggregation<TKey, long> Count() => new(Query(AggregationKind.Count, null), Number);

    /// <summary>The sum of a value.</summary>
    public KernelAggregation<TKey, long> Sum(Expression<Func<T, long>> value) => new(Query(AggregationKind.Sum, value), Number);

    /// <summary>The least value.</summary>
    public KernelAggregation<TKey, long> Min(Expression<Func<T, long>> value) => new(Query(AggregationKind.Minimum, value), Number);

    /// <summary>The greatest value.</summary>
    public KernelAggregation<TKey, long> Max(Expression<Func<T, long>> value) => new(Query(AggregationKind.Maximum, value), Number);

    /// <summary>The mean of a value.</summary>
    public KernelAggregation<TKey, double> Average(Expression<Func<T, long>> value) =>
        new(Query(AggregationKind.Average, value), cell => cell is MeanCell mean ? mean.Total / (double)mean.Count : 0);

    /// <summary>How often a value was of which size: in buckets that double, with sum, least and greatest value.</summary>
    public KernelAggregation<TKey, KernelHistogram> Histogram(Expression<Func<T, long>> value) =>
        new(Query(AggregationKind.PowerOfTwo, value), cell => new KernelHistogram((HistogramCell)cell));

    private static long Number(MapCell cell) => ((NumberCell)cell).Value;

    private AggregationQuery Query(AggregationKind kind, LambdaExpression? value) => new(_plan, _key, kind, value is null ? null : _plan.Applied(value), _maxKeys);
}
