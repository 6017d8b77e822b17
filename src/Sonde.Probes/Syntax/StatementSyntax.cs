using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

internal abstract record StatementSyntax(SourceSpan Span) : SyntaxNode(Span);

internal sealed record BlockSyntax(IReadOnlyList<StatementSyntax> Statements, SourceSpan Span) : StatementSyntax(Span);

internal sealed record ExpressionStatementSyntax(ExpressionSyntax Expression, SourceSpan Span) : StatementSyntax(Span);

/// <param name="Target">A variable or a map.</param>
/// <param name="Operator">Of a compound assignment; null for <c>=</c>.</param>
/// <param name="Value">The right side.</param>
/// <param name="Span">Its text.</param>
internal sealed record AssignmentSyntax(ExpressionSyntax Target, BinaryOperator? Operator, ExpressionSyntax Value, SourceSpan Span) : StatementSyntax(Span);

internal sealed record IfSyntax(ExpressionSyntax Condition, BlockSyntax Then, BlockSyntax? Else, SourceSpan Span) : StatementSyntax(Span);

internal sealed record WhileSyntax(ExpressionSyntax Condition, BlockSyntax Body, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>for ($i : first..end) { }</c>; the end is not reached.</summary>
internal sealed record RangeLoopSyntax(VariableSyntax Variable, ExpressionSyntax First, ExpressionSyntax End, BlockSyntax Body, SourceSpan Span) : StatementSyntax(Span);

internal sealed record UnrollSyntax(ExpressionSyntax Count, BlockSyntax Body, SourceSpan Span) : StatementSyntax(Span);

internal sealed record JumpSyntax(JumpKind Kind, SourceSpan Span) : StatementSyntax(Span);
