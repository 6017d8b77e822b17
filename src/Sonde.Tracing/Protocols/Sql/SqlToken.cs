namespace Sonde.Tracing.Protocols.Sql;

/// <summary>What a token is.</summary>
internal enum SqlTokenKind : byte
{
    /// <summary>There are no more.</summary>
    End,

    /// <summary>A keyword or a name without quotes.</summary>
    Word,

    /// <summary>A name in quotes, with them.</summary>
    Name,

    /// <summary>A value: a string of any kind, a number, a Boolean.</summary>
    Literal,

    /// <summary>What stands for a value that is sent apart, or a variable: <c>$1</c>, <c>?</c>, <c>@id</c>.</summary>
    Parameter,

    /// <summary>One character of an operator, or punctuation.</summary>
    Symbol,
}
