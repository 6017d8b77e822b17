namespace Sonde.Probes.Syntax;

/// <summary>What C defines: structures, unions, enumerations, other names for types.</summary>
internal sealed class DefinitionParser(TokenReader tokens, TypeParser types)
{
    public List<StructureSyntax> Structures { get; } = [];

    public List<EnumerationSyntax> Enumerations { get; } = [];

    public List<TypedefSyntax> Typedefs { get; } = [];

    /// <summary>Takes one definition with its <c>;</c>, which may be left out behind a body.</summary>
    public void Parse()
    {
        int start = tokens.Peek().Span.Start;
        int enumerations = Enumerations.Count;
        bool isTypedef = tokens.TryTake("typedef");
        string name = ParseType(out StructureSyntax? structure);
        if (isTypedef)
        {
            int pointers = types.ParsePointers();
            Token alias = tokens.Take(TokenKind.Word, "the type's new name");
            IReadOnlyList<int> lengths = types.ParseLengths();
            if (structure is { Name: "struct" or "union" })
            {
                // The alias is all the name it has.
                name = $"{structure.Name} {alias.Text}";
                structure = structure with { Name = name };
            }

            Typedefs.Add(new(alias.Text, new(name, pointers, lengths, tokens.From(start)), tokens.From(start)));
        }

        if (structure is not null)
        {
            Structures.Add(structure);
        }

        bool hasBody = structure is not null || Enumerations.Count > enumerations;
        if (isTypedef || !hasBody || tokens.Peek().Is(";"))
        {
            tokens.Take(";");
        }
        else
        {
            // An attach point is not made of tokens.
            tokens.Position = tokens.LastEnd;
        }
    }

    /// <summary>A type's name, or a definition in its place: enumerations are noted, structures handed out.</summary>
    private string ParseType(out StructureSyntax? structure)
    {
        structure = null;
        Token first = tokens.Peek();
        if (first.Is("enum") && (tokens.Peek(1).Is("{") || tokens.Peek(2).Is("{")))
        {
            return ParseEnumeration();
        }

        if ((first.Is("struct") || first.Is("union")) && DefinesStructure())
        {
            structure = tokens.Nested(ParseStructure);
            return structure.Name;
        }

        return types.ParseName();
    }

    private bool DefinesStructure()
    {
        int ahead = 1;
        while (tokens.Peek(ahead).Kind == TokenKind.Word && ahead < 4)
        {
            ahead++;
        }

        return tokens.Peek(ahead).Is("{") || tokens.Peek(1).Text == "__attribute__";
    }

    private StructureSyntax ParseStructure()
    {
        Token keyword = tokens.Take();
        bool isPacked = TakeAttributes();
        string name = tokens.Peek().Kind == TokenKind.Word ? $"{keyword.Text} {tokens.Take().Text}" : keyword.Text;
        tokens.Take("{");
        List<StructureMemberSyntax> members = [];
        while (!tokens.TryTake("}"))
        {
            ParseMembers(members);
        }

        isPacked |= TakeAttributes();
        return new(name, keyword.Text == "union", isPacked, members, tokens.From(keyword.Span.Start));
    }

    private void ParseMembers(List<StructureMemberSyntax> members)
    {
        int start = tokens.Peek().Span.Start;
        string type = ParseType(out StructureSyntax? structure);
        if (structure is not null && tokens.Peek().Is(";"))
        {
            tokens.Take();
            members.Add(new("", new("", 0, [], structure.Span), structure, null, structure.Span));
            return;
        }

        do
        {
            int pointers = types.ParsePointers();
            Token name = tokens.Take(TokenKind.Word, "a member's name");
            IReadOnlyList<int> lengths = types.ParseLengths();
            int? bits = tokens.TryTake(":") ? ParseBits() : null;
            TakeAttributes();
            members.Add(new(name.Text, new(structure is null ? type : "", pointers, lengths, tokens.From(start)), structure, bits, tokens.From(start)));
        }
        while (tokens.TryTake(","));

        tokens.Take(";");
    }

    private int ParseBits()
    {
        Token bits = tokens.Take(TokenKind.Number, "a number of bits");
        return bits.Value is > 0 and <= 64 ? (int)bits.Value : throw new ProbeException("A bit field has 1 to 64 bits.", bits.Span);
    }

    private string ParseEnumeration()
    {
        int start = tokens.Take().Span.Start;
        string name = tokens.Peek().Kind == TokenKind.Word ? $"enum {tokens.Take().Text}" : "enum";
        tokens.Take("{");
        List<KeyValuePair<string, long>> constants = [];
        long next = 0;
        while (!tokens.TryTake("}"))
        {
            Token constant = tokens.Take(TokenKind.Word, "a constant's name");
            if (tokens.TryTake("="))
            {
                bool isNegative = tokens.TryTake("-");
                long value = (long)tokens.Take(TokenKind.Number, "a number").Value;
                next = isNegative ? unchecked(-value) : value;
            }

            constants.Add(new(constant.Text, next));
            next = unchecked(next + 1);
            if (!tokens.TryTake(",") && !tokens.Peek().Is("}"))
            {
                throw tokens.Unexpected("',' or '}'");
            }
        }

        Enumerations.Add(new(name, constants, tokens.From(start)));
        return name;
    }

    /// <summary>Takes <c>__attribute__((…))</c>; true when one of them is <c>packed</c>.</summary>
    private bool TakeAttributes()
    {
        bool isPacked = false;
        while (tokens.TryTake("__attribute__"))
        {
            tokens.Take("(");
            for (int open = 1; open > 0;)
            {
                Token token = tokens.Take();
                open += token.Is("(") ? 1 : token.Is(")") ? -1 : 0;
                isPacked |= token.Text is "packed" or "__packed__";
                if (token.Kind == TokenKind.EndOfText)
                {
                    throw new ProbeException("Expected ')', not the end of the program.", token.Span);
                }
            }
        }

        return isPacked;
    }
}
