using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>A piece of a program as it is written, before names mean anything.</summary>
internal abstract record SyntaxNode(SourceSpan Span);

internal sealed record ProgramSyntax(
    IReadOnlyList<StructureSyntax> Structures, IReadOnlyList<EnumerationSyntax> Enumerations, IReadOnlyList<TypedefSyntax> Typedefs,
    IReadOnlyList<ClauseSyntax> Clauses, SourceSpan Span) : SyntaxNode(Span);

/// <summary>Attach points, a predicate, and what happens there.</summary>
internal sealed record ClauseSyntax(
    IReadOnlyList<AttachPattern> AttachPoints, ExpressionSyntax? Predicate, BlockSyntax Body, SourceSpan Span) : SyntaxNode(Span);

/// <summary>A type's name in a cast, in <c>sizeof</c>, or of a structure's member.</summary>
/// <param name="Name">As C spells it, words separated by one space: <c>struct task_struct</c>, <c>unsigned long</c>.</param>
/// <param name="Pointers">How many <c>*</c> follow.</param>
/// <param name="Lengths">Of arrays, outermost first.</param>
/// <param name="Span">Its text.</param>
internal sealed record TypeSyntax(string Name, int Pointers, IReadOnlyList<int> Lengths, SourceSpan Span) : SyntaxNode(Span);

/// <summary>A <c>struct</c> or <c>union</c> that the program defines.</summary>
/// <param name="Name">With its keyword; empty for an anonymous member.</param>
/// <param name="IsUnion">Members lie at the same place.</param>
/// <param name="IsPacked">Members have no holes between them.</param>
/// <param name="Members">In order.</param>
/// <param name="Span">Its text.</param>
internal sealed record StructureSyntax(
    string Name, bool IsUnion, bool IsPacked, IReadOnlyList<StructureMemberSyntax> Members, SourceSpan Span) : SyntaxNode(Span);

/// <param name="Name">Empty for an anonymous structure or union.</param>
/// <param name="Type">What it is; the name is empty where <paramref name="Structure"/> stands.</param>
/// <param name="Structure">A structure that is defined in place.</param>
/// <param name="Bits">Of a bit field; null for others.</param>
/// <param name="Span">Its text.</param>
internal sealed record StructureMemberSyntax(
    string Name, TypeSyntax Type, StructureSyntax? Structure, int? Bits, SourceSpan Span) : SyntaxNode(Span);

/// <param name="Name">With its keyword; <c>enum</c> alone without a name.</param>
/// <param name="Constants">Names and values.</param>
/// <param name="Span">Its text.</param>
internal sealed record EnumerationSyntax(string Name, IReadOnlyList<KeyValuePair<string, long>> Constants, SourceSpan Span) : SyntaxNode(Span);

/// <summary>Another name for a type.</summary>
internal sealed record TypedefSyntax(string Name, TypeSyntax Type, SourceSpan Span) : SyntaxNode(Span);
