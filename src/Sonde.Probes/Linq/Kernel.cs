using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using Sonde.Probes.Linq.Translation;

namespace Sonde.Probes.Linq;

/// <summary>
/// Where queries of the kernel's events begin. A query runs in the kernel: it is compiled to BPF when it is started, and only what it
/// aggregates, or selects, crosses to this process.
/// </summary>
public static class Kernel
{
    /// <summary>The events of a tracepoint.</summary>
    /// <typeparam name="TEvent">A record with <see cref="TracepointAttribute"/> or <see cref="RawTracepointAttribute"/>.</typeparam>
    /// <exception cref="ArgumentException">The record has no such attribute.</exception>
    public static KernelQuery<TEvent> Tracepoint<[DynamicallyAccessedMembers(EventRecord.Needs)] TEvent>() =>
        From<TEvent>("[Tracepoint(\"group\", \"name\")]", attribute => attribute is TracepointAttribute or RawTracepointAttribute);

    /// <summary>Calls of a kernel function, or its returns.</summary>
    /// <typeparam name="TEvent">A record with <see cref="FentryAttribute"/>, <see cref="FexitAttribute"/>, <see cref="KprobeAttribute"/> or <see cref="KretprobeAttribute"/>.</typeparam>
    /// <exception cref="ArgumentException">The record has no such attribute.</exception>
    public static KernelQuery<TEvent> Function<[DynamicallyAccessedMembers(EventRecord.Needs)] TEvent>() =>
        From<TEvent>("[Fentry(\"function\")]", attribute => attribute is FentryAttribute or FexitAttribute or KprobeAttribute or KretprobeAttribute);

    /// <summary>Calls of a function of programs, or its returns.</summary>
    /// <typeparam name="TEvent">A record with <see cref="UprobeAttribute"/> or <see cref="UretprobeAttribute"/>.</typeparam>
    /// <exception cref="ArgumentException">The record has no such attribute.</exception>
    public static KernelQuery<TEvent> Uprobe<[DynamicallyAccessedMembers(EventRecord.Needs)] TEvent>() =>
        From<TEvent>("[Uprobe(\"file\", \"function\")]", attribute => attribute is UprobeAttribute or UretprobeAttribute);

    /// <summary>
    /// Pairs of events, such as a call and its return: each end with its start and the time since. A start with no end yet is replaced by
    /// the next one of its key; an end with no start is none.
    /// </summary>
    /// <param name="start">What begins.</param>
    /// <param name="end">What ends it.</param>
    /// <param name="key">What both have in common: mostly the thread.</param>
    public static KernelQuery<Latency<TStart, TEnd>> Latency<TStart, TEnd, TKey>(
        KernelQuery<TStart> start, KernelQuery<TEnd> end, Expression<Func<KernelEvent, TKey>> key)
        where TStart : KernelEvent
        where TEnd : KernelEvent => LatencyOf(start, end, key, key);

    /// <summary>Pairs of events whose keys are written differently.</summary>
    /// <param name="start">What begins.</param>
    /// <param name="end">What ends it.</param>
    /// <param name="startKey">What the start has in common with the end.</param>
    /// <param name="endKey">The same of the end.</param>
    public static KernelQuery<Latency<TStart, TEnd>> Latency<TStart, TEnd, TKey>(
        KernelQuery<TStart> start, KernelQuery<TEnd> end, Expression<Func<TStart, TKey>> startKey, Expression<Func<TEnd, TKey>> endKey) =>
        LatencyOf(start, end, startKey, endKey);

    private static KernelQuery<Latency<TStart, TEnd>> LatencyOf<TStart, TEnd>(KernelQuery<TStart> start, KernelQuery<TEnd> end, LambdaExpression startKey, LambdaExpression endKey)
    {
        if (start.Plan.Start is not null || end.Plan.Start is not null)
        {
            throw new ArgumentException("A latency is between two events, not between latencies.", nameof(start));
        }

        ParameterExpression nanoseconds = Expression.Parameter(typeof(long), "nanoseconds");
        Expression<Func<TStart, TEnd, long, Latency<TStart, TEnd>>> make = (started, ended, time) => new Latency<TStart, TEnd>(started, ended, time);
        Expression projection = Replacement.In(
            make.Body, (make.Parameters[0], start.Plan.Projection), (make.Parameters[1], end.Plan.Projection), (make.Parameters[2], nanoseconds));
        PairedStart paired = new(start.Plan, start.Plan.Applied(startKey), end.Plan.Applied(endKey), end.Plan.Predicates, nanoseconds);
        return new(end.Plan with { Start = paired, Predicates = [], Projection = projection });
    }

    private static KernelQuery<TEvent> From<[DynamicallyAccessedMembers(EventRecord.Needs)] TEvent>(string example, Predicate<AttachPointAttribute> isMeant)
    {
        EventRecord record = EventRecord.Of(typeof(TEvent));
        return isMeant(record.AttachPoint ?? throw Lacks())
            ? new(new QueryPlan(record))
            : throw Lacks();

        ArgumentException Lacks() => new($"{typeof(TEvent).Name} does not say which events it is: write {example} on it.", nameof(TEvent));
    }
}
