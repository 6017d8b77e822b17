using System.Collections.Immutable;
using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

internal enum TokenKind
{
    /// <summary>A name or a keyword.</summary>
    Word,

    /// <summary><c>$name</c>; <see cref="Token.Text"/> has the <c>$</c>.</summary>
    Variable,

    /// <summary><c>$1</c>; <see cref="Token.Value"/> is its number.</summary>
    Positional,

    /// <summary><c>@name</c> or <c>@</c>; <see cref="Token.Text"/> has the <c>@</c>.</summary>
    Map,
    Number,
    String,

    /// <summary>An operator or a bracket, <c>$#</c> included: <see cref="Token.Text"/> says which.</summary>
    Punctuation,

    /// <summary>The <c>/</c> in front of a block.</summary>
    EndOfPredicate,
    EndOfText,
}

/// <param name="Kind">What it is.</param>
/// <param name="Text">As spelt; of what comes out of a macro as it is spelt there.</param>
/// <param name="Span">Where it stands; of what comes out of a macro where the macro is used.</param>
internal readonly record struct Token(TokenKind Kind, string Text, SourceSpan Span)
{
    /// <summary>Of a number and of a positional parameter.</summary>
    public ulong Value { get; init; }

    /// <summary>Of a string: its bytes, escapes resolved.</summary>
    public ImmutableArray<byte> Bytes { get; init; }

    public bool Is(string text) => Kind is TokenKind.Punctuation or TokenKind.Word && Text == text;

    /// <summary>For messages.</summary>
    public string Described => Kind == TokenKind.EndOfText ? "the end of the program" : $"'{Text}'";
}
