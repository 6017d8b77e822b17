using System.Linq.Expressions;
using Sonde.Probes.Linq.Results;
using Sonde.Probes.Linq.Translation;

namespace Sonde.Probes.Linq;

/// <summary>
/// Events in the kernel, filtered and shaped there. Nothing runs until it is read: event by event with <c>await foreach</c>, or, at a
/// fraction of the cost, aggregated in the kernel. A query itself is not changed by any method and may be used many times.
/// </summary>
/// <typeparam name="T">What an event has become.</typeparam>
public sealed class KernelQuery<T> : IAsyncEnumerable<T>
{
    private long _lost;

    internal KernelQuery(QueryPlan plan) => Plan = plan;

    /// <summary>Events that were lost so far, in all readings of this query, because its reader was too slow.</summary>
    public long LostEvents => Interlocked.Read(ref _lost);

    internal QueryPlan Plan { get; }

    /// <summary>Only events for which a condition holds; the others end in the kernel.</summary>
    public KernelQuery<T> Where(Expression<Func<T, bool>> predicate) =>
        new(Plan with { Predicates = [.. Plan.Predicates, Plan.Applied(predicate)] });

    /// <summary>What of an event is kept: a value, or a new object of several, anonymous or not.</summary>
    public KernelQuery<TResult> Select<TResult>(Expression<Func<T, TResult>> selector) => new(Plan with { Projection = Plan.Applied(selector) });

    /// <summary>Events by a key: a value, or a new object of several.</summary>
    /// <param name="key">The key. Each member of a new object is a part of it, and becomes an attribute of metrics.</param>
    /// <param name="maxKeys">Different keys at most; how often others came is counted in <see cref="KernelAggregation{TKey, TValue}.Refused"/>.</param>
    public KernelGroups<TKey, T> GroupBy<TKey>(Expression<Func<T, TKey>> key, int maxKeys = 4096)
        where TKey : notnull
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxKeys, 1);
        return new(Plan, ResultShape.Of(Plan.Applied(key), Plan), maxKeys);
    }

    /// <inheritdoc cref="KernelGroups{TKey, T}.Count"/>
    public KernelAggregation<NoKey, long> Count() => All.Count();

    /// <inheritdoc cref="KernelGroups{TKey, T}.Sum"/>
    public KernelAggregation<NoKey, long> Sum(Expression<Func<T, long>> value) => All.Sum(value);

    /// <inheritdoc cref="KernelGroups{TKey, T}.Min"/>
    public KernelAggregation<NoKey, long> Min(Expression<Func<T, long>> value) => All.Min(value);

    /// <inheritdoc cref="KernelGroups{TKey, T}.Max"/>
    public KernelAggregation<NoKey, long> Max(Expression<Func<T, long>> value) => All.Max(value);

    /// <inheritdoc cref="KernelGroups{TKey, T}.Average"/>
    public KernelAggregation<NoKey, double> Average(Expression<Func<T, long>> value) => All.Average(value);

    /// <inheritdoc cref="KernelGroups{TKey, T}.Histogram"/>
    public KernelAggregation<NoKey, KernelHistogram> Histogram(Expression<Func<T, long>> value) => All.Histogram(value);

    /// <summary>Starts the query and yields events as they come, in order. Ends, and leaves nothing in the kernel, when the enumerator is disposed.</summary>
    /// <remarks>When the reader is slower than the events, the kernel's buffer fills, and what is lost is counted in <see cref="LostEvents"/>.</remarks>
    /// <exception cref="ProbeException">The query cannot run on this kernel; thrown by the first <c>MoveNextAsync</c>.</exception>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        EventReader.Read<T>(Plan, lost => Interlocked.Add(ref _lost, lost), cancellationToken);

    private KernelGroups<NoKey, T> All => new(Plan, ResultShape.Nothing, 1);
}
