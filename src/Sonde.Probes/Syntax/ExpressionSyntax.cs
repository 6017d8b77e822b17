using System.Collections.Immutable;
using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

internal abstract record ExpressionSyntax(SourceSpan Span) : SyntaxNode(Span)
{
    /// <summary>Levels of expressions below and including this one. The parser bounds it: who walks the tree recurses as deep.</summary>
    public virtual int Depth => 1;

    protected static int DepthOver(IReadOnlyList<ExpressionSyntax> items) => 1 + items.Select(item => item.Depth).DefaultIfEmpty(0).Max();
}

internal sealed record IntegerSyntax(ulong Value, SourceSpan Span) : ExpressionSyntax(Span);

internal sealed record StringSyntax(ImmutableArray<byte> Bytes, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A built-in, a constant, or a word that a function gives a meaning (<c>perf</c>).</summary>
internal sealed record NameSyntax(string Name, SourceSpan Span) : ExpressionSyntax(Span);

/// <param name="Name">With its <c>$</c>.</param>
/// <param name="Span">Its text.</param>
internal sealed record VariableSyntax(string Name, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary><c>$1</c>, the first argument of the program.</summary>
internal sealed record PositionalSyntax(int Number, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary><c>$#</c>, how many arguments there are.</summary>
internal sealed record PositionalCountSyntax(SourceSpan Span) : ExpressionSyntax(Span);

/// <param name="Name">With its <c>@</c>.</param>
/// <param name="Key">Empty without brackets.</param>
/// <param name="Span">Its text.</param>
internal sealed record MapSyntax(string Name, IReadOnlyList<ExpressionSyntax> Key, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = DepthOver(Key);
}

internal sealed record CallSyntax(string Name, SourceSpan NameSpan, IReadOnlyList<ExpressionSyntax> Arguments, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = DepthOver(Arguments);
}

internal enum PrefixOperator
{
    Negate,
    Complement,
    Not,

    /// <summary><c>*p</c>.</summary>
    Dereference,

    /// <summary><c>&amp;place</c>.</summary>
    AddressOf,
}

internal sealed record PrefixSyntax(PrefixOperator Operator, ExpressionSyntax Operand, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Operand.Depth;
}

/// <summary><c>++</c> and <c>--</c>, before or behind a variable or map.</summary>
/// <param name="Target">The variable or map.</param>
/// <param name="Amount">1 or -1.</param>
/// <param name="IsPostfix">The value is the one before.</param>
/// <param name="Span">Its text.</param>
internal sealed record StepSyntax(ExpressionSyntax Target, int Amount, bool IsPostfix, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Target.Depth;
}

internal sealed record BinarySyntax(BinaryOperator Operator, ExpressionSyntax Left, ExpressionSyntax Right, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Math.Max(Left.Depth, Right.Depth);
}

internal sealed record ConditionalSyntax(
    ExpressionSyntax Condition, ExpressionSyntax WhenTrue, ExpressionSyntax WhenFalse, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Math.Max(Condition.Depth, Math.Max(WhenTrue.Depth, WhenFalse.Depth));
}

internal sealed record CastSyntax(TypeSyntax Type, ExpressionSyntax Operand, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Operand.Depth;
}

/// <summary><c>a.b</c> and <c>a->b</c>: both mean the member of what is there.</summary>
internal sealed record MemberSyntax(ExpressionSyntax Operand, string Name, SourceSpan NameSpan, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Operand.Depth;
}

/// <summary><c>t.0</c>.</summary>
internal sealed record TupleItemSyntax(ExpressionSyntax Operand, int Index, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Operand.Depth;
}

internal sealed record IndexSyntax(ExpressionSyntax Operand, ExpressionSyntax Index, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + Math.Max(Operand.Depth, Index.Depth);
}

internal sealed record TupleSyntax(IReadOnlyList<ExpressionSyntax> Items, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = DepthOver(Items);
}

/// <summary><c>sizeof</c> of a type or of an expression's type: one of the two.</summary>
internal sealed record SizeOfSyntax(TypeSyntax? Type, ExpressionSyntax? Operand, SourceSpan Span) : ExpressionSyntax(Span)
{
    public override int Depth { get; } = 1 + (Operand?.Depth ?? 0);
}

/// <summary><c>offsetof(struct x, a.b)</c>.</summary>
internal sealed record OffsetOfSyntax(TypeSyntax Type, IReadOnlyList<NameSyntax> Path, SourceSpan Span) : ExpressionSyntax(Span);
