namespace Sonde.Probes.Syntax;

/// <summary>Names of types, as C has them and as casts use them.</summary>
internal sealed class TypeParser(TokenReader tokens)
{
    private const int MaxPointers = 8;

    private static readonly HashSet<string> _integers =
        ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "int8_t", "int16_t", "int32_t", "int64_t",
         "uint8_t", "uint16_t", "uint32_t", "uint64_t", "s8", "s16", "s32", "s64", "u8", "u16", "u32", "u64", "bool", "_Bool"];

    private static readonly HashSet<string> _words = ["unsigned", "signed", "char", "short", "int", "long", "void", "float", "double"];

    /// <summary>Takes a type with its brackets, if what stands here is one and not an expression in brackets; null and nothing taken otherwise.</summary>
    public TypeSyntax? TryParseCast()
    {
        if (!tokens.Peek().Is("(") || tokens.Peek(1) is not { Kind: TokenKind.Word } word || !(IsTypeWord(word.Text) || IsNamedType()))
        {
            return null;
        }

        int start = tokens.Take().Span.Start;
        TypeSyntax type = Parse();
        tokens.Take(")");
        return type with { Span = tokens.From(start) };
    }

    /// <summary>Takes a type: its name, pointers, lengths of arrays.</summary>
    public TypeSyntax Parse()
    {
        int start = tokens.Peek().Span.Start;
        string name = ParseName();
        return ParseDeclarator(name, start);
    }

    /// <summary>Takes a type's name without what makes pointers and arrays of it.</summary>
    public string ParseName()
    {
        SkipQualifiers();
        Token first = tokens.Take(TokenKind.Word, "a type");
        string name = first.Text;
        if (name is "struct" or "union" or "enum")
        {
            name = $"{name} {tokens.Take(TokenKind.Word, "a type's name").Text}";
        }
        else if (_words.Contains(name))
        {
            while (tokens.Peek() is { Kind: TokenKind.Word } next && (_words.Contains(next.Text) || IsQualifier(next.Text)))
            {
                tokens.Take();
                name = IsQualifier(next.Text) ? name : $"{name} {next.Text}";
            }
        }

        SkipQualifiers();
        return name;
    }

    /// <summary>Takes the pointers that follow a name.</summary>
    public int ParsePointers()
    {
        int pointers = 0;
        while (tokens.TryTake("*"))
        {
            pointers++;
            SkipQualifiers();
        }

        return pointers <= MaxPointers
            ? pointers
            : throw new ProbeException($"A pointer goes through {MaxPointers} others at most.", tokens.Peek().Span);
    }

    /// <summary>Takes the lengths of arrays that follow a name: <c>[2][16]</c>; nothing between the brackets is 0.</summary>
    public IReadOnlyList<int> ParseLengths()
    {
        List<int> lengths = [];
        long total = 1;
        while (tokens.TryTake("["))
        {
            if (tokens.TryTake("]"))
            {
                lengths.Add(0);
                continue;
            }

            Token length = tokens.Take(TokenKind.Number, "the array's length");
            tokens.Take("]");
            total *= (long)Math.Min(length.Value, 1 << 20);
            lengths.Add(total < 1 << 20 ? (int)length.Value : throw new ProbeException("The array is too long.", length.Span));
        }

        return lengths;
    }

    private TypeSyntax ParseDeclarator(string name, int start)
    {
        int pointers = ParsePointers();
        IReadOnlyList<int> lengths = ParseLengths();
        return new(name, pointers, lengths, tokens.From(start));
    }

    private static bool IsTypeWord(string word) =>
        word is "struct" or "union" or "enum" || IsQualifier(word) || _words.Contains(word) || _integers.Contains(word);

    /// <summary>
    /// <c>(name *)</c> is no expression, and <c>(name) x</c> is none either. Where an operator follows that also stands between
    /// two values, as in <c>(name) - 1</c>, it is an expression.
    /// </summary>
    private bool IsNamedType()
    {
        int next = 2;
        while (tokens.Peek(next).Is("*"))
        {
            next++;
        }

        return tokens.Peek(next).Is(")") && (next > 2 || tokens.Peek(3) is { Kind: TokenKind.Variable or TokenKind.Map or TokenKind.Positional or TokenKind.Number or TokenKind.Word });
    }

    private static bool IsQualifier(string word) => word is "const" or "volatile" or "restrict" or "__user" or "__rcu" or "__percpu";

    private void SkipQualifiers()
    {
        while (tokens.Peek() is { Kind: TokenKind.Word } word && IsQualifier(word.Text))
        {
            tokens.Take();
        }
    }
}
