namespace Sonde.Probes.Model;

/// <summary>What a probe does, step by step.</summary>
/// <param name="Span">Its text.</param>
public abstract record Statement(SourceSpan Span);

/// <summary>Evaluates and forgets.</summary>
public sealed record Evaluate(Expression Expression, SourceSpan Span) : Statement(Span);

public sealed record AssignVariable(ProbeVariable Variable, Expression Value, SourceSpan Span) : Statement(Span);

/// <summary>Sets the value of a map without aggregation.</summary>
public sealed record AssignMap(ProbeMap Map, IReadOnlyList<Expression> Key, Expression Value, SourceSpan Span) : Statement(Span);

/// <summary>Adds to an integer in a map, atomically; a missing one counts as 0 (<c>@x++</c>, <c>@x += 5</c>).</summary>
public sealed record AddToMap(ProbeMap Map, IReadOnlyList<Expression> Key, Expression Amount, SourceSpan Span) : Statement(Span);

/// <summary>Adds a value to an aggregation: <c>@x[key] = hist(value)</c>.</summary>
/// <param name="Map">Its <see cref="ProbeMap.Aggregation"/> says how.</param>
/// <param name="Key">A value for each of the map's key types.</param>
/// <param name="Value">A scalar; null for <c>count()</c>.</param>
/// <param name="Span">Its text.</param>
public sealed record Aggregate(ProbeMap Map, IReadOnlyList<Expression> Key, Expression? Value, SourceSpan Span) : Statement(Span);

public sealed record DeleteFromMap(ProbeMap Map, IReadOnlyList<Expression> Key, SourceSpan Span) : Statement(Span);

public sealed record If(Expression Condition, Block Then, Block? Else, SourceSpan Span) : Statement(Span);

/// <summary>A loop that ends after <see cref="Limit"/> rounds at the latest.</summary>
/// <param name="Condition">Before each round.</param>
/// <param name="Body">Each round.</param>
/// <param name="Limit">Rounds at most; what is cut off is not counted.</param>
/// <param name="Span">Its text.</param>
public sealed record While(Expression Condition, Block Body, int Limit, SourceSpan Span) : Statement(Span);

/// <summary>The body so many times, one behind the other.</summary>
public sealed record Unroll(int Count, Block Body, SourceSpan Span) : Statement(Span);

/// <summary><c>return</c>, <c>break</c>, <c>continue</c>.</summary>
public sealed record Jump(JumpKind Kind, SourceSpan Span) : Statement(Span);

public enum JumpKind
{
    Return,
    Break,
    Continue,
}

/// <summary>Sends an event to user space through the program's ring buffer: 8 bytes with the output's index, then the values, each of its type's size.</summary>
/// <param name="Output">Its index in <see cref="ProbeProgram.Outputs"/>.</param>
/// <param name="Values">What goes along.</param>
/// <param name="Span">Its text.</param>
public sealed record Send(int Output, IReadOnlyList<Expression> Values, SourceSpan Span) : Statement(Span);

public sealed record Block(IReadOnlyList<Statement> Statements, SourceSpan Span) : Statement(Span);
