using System.Linq.Expressions;

namespace Sonde.Probes.Linq.Translation;

/// <summary>What a query is: events of a record, those for which all predicates hold, and what becomes of each.</summary>
/// <param name="Record">The events.</param>
internal sealed record QueryPlan(EventRecord Record)
{
    /// <summary>The event, in predicates and projection.</summary>
    public ParameterExpression Event { get; init; } = Record.Event;

    /// <summary>All of the <see cref="Event"/>, in order.</summary>
    public IReadOnlyList<Expression> Predicates { get; init; } = [];

    /// <summary>What an event becomes: at first itself.</summary>
    public Expression Projection { get; init; } = Record.Event;

    /// <summary>The event before this one, when the query is of pairs.</summary>
    public PairedStart? Start { get; init; }

    /// <summary>The record whose event this is; null for what is no event.</summary>
    public EventRecord? RecordOf(ParameterExpression parameter) =>
        parameter == Record.Event ? Record : parameter == Start?.Plan.Record.Event ? Start.Plan.Record : null;

    /// <summary>The body of a lambda that takes what the events have become so far, written with the <see cref="Event"/>.</summary>
    public Expression Applied(LambdaExpression lambda) => Replacement.In(lambda.Body, (lambda.Parameters[0], Projection));
}

/// <summary>The event that begins a pair.</summary>
/// <param name="Plan">Its events.</param>
/// <param name="StartKey">What it has in common with the end, written with its own event.</param>
/// <param name="EndKey">The same, written with the end's event.</param>
/// <param name="EndPredicates">What makes an event an end at all; the predicates of the query are of the pair.</param>
/// <param name="Nanoseconds">The time between both, in predicates and projection.</param>
internal sealed record PairedStart(
    QueryPlan Plan, Expression StartKey, Expression EndKey, IReadOnlyList<Expression> EndPredicates, ParameterExpression Nanoseconds);
