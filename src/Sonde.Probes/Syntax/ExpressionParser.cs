using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>Expressions, by C's precedence.</summary>
internal sealed class ExpressionParser(TokenReader tokens, TypeParser types)
{
    /// <summary>Who walks the tree recurses as deep; a chain of operators is as deep as it is long.</summary>
    private const int MaxDepth = 200;

    public ExpressionSyntax Parse() => tokens.Nested(() =>
    {
        int start = tokens.Peek().Span.Start;
        ExpressionSyntax condition = ParseBinary(0);
        if (!tokens.TryTake("?"))
        {
            return condition;
        }

        ExpressionSyntax whenTrue = Parse();
        tokens.Take(":");
        ExpressionSyntax whenFalse = Parse();
        return Checked(new ConditionalSyntax(condition, whenTrue, whenFalse, tokens.From(start)));
    });

    private ExpressionSyntax ParseBinary(int precedence)
    {
        int start = tokens.Peek().Span.Start;
        ExpressionSyntax left = ParsePrefix();
        while (tokens.Peek() is { Kind: TokenKind.Punctuation } sign && OperatorOf(sign.Text) is var (binary, itsPrecedence) && itsPrecedence > precedence)
        {
            tokens.Take();
            ExpressionSyntax right = ParseBinary(itsPrecedence);
            left = Checked(new BinarySyntax(binary, left, right, tokens.From(start)));
        }

        return left;
    }

    private static (BinaryOperator Operator, int Precedence)? OperatorOf(string sign) => sign switch
    {
        "||" => (BinaryOperator.Or, 1),
        "&&" => (BinaryOperator.And, 2),
        "|" => (BinaryOperator.BitOr, 3),
        "^" => (BinaryOperator.BitXor, 4),
        "&" => (BinaryOperator.BitAnd, 5),
        "==" => (BinaryOperator.Equal, 6),
        "!=" => (BinaryOperator.NotEqual, 6),
        "<" => (BinaryOperator.Less, 7),
        "<=" => (BinaryOperator.LessOrEqual, 7),
        ">" => (BinaryOperator.Greater, 7),
        ">=" => (BinaryOperator.GreaterOrEqual, 7),
        "<<" => (BinaryOperator.ShiftLeft, 8),
        ">>" => (BinaryOperator.ShiftRight, 8),
        "+" => (BinaryOperator.Add, 9),
        "-" => (BinaryOperator.Subtract, 9),
        "*" => (BinaryOperator.Multiply, 10),
        "/" => (BinaryOperator.Divide, 10),
        "%" => (BinaryOperator.Remainder, 10),
        _ => null,
    };

    private ExpressionSyntax ParsePrefix()
    {
        Token first = tokens.Peek();
        PrefixOperator? prefix = first.Kind != TokenKind.Punctuation ? null : first.Text switch
        {
            "-" => PrefixOperator.Negate,
            "~" => PrefixOperator.Complement,
            "!" => PrefixOperator.Not,
            "*" => PrefixOperator.Dereference,
            "&" => PrefixOperator.AddressOf,
            _ => null,
        };
        if (prefix is { } found)
        {
            tokens.Take();
            ExpressionSyntax operand = tokens.Nested(ParsePrefix);
            return Checked(new PrefixSyntax(found, operand, tokens.From(first.Span.Start)));
        }

        if (first.Is("++") || first.Is("--"))
        {
            tokens.Take();
            ExpressionSyntax target = tokens.Nested(ParsePrefix);
            return Step(target, first.Text, isPostfix: false, first.Span.Start);
        }

        if (types.TryParseCast() is { } type)
        {
            ExpressionSyntax operand = tokens.Nested(ParsePrefix);
            return Checked(new CastSyntax(type, operand, tokens.From(first.Span.Start)));
        }

        return ParsePostfix();
    }

    private ExpressionSyntax ParsePostfix()
    {
        int start = tokens.Peek().Span.Start;
        ExpressionSyntax expression = ParsePrimary();
        while (true)
        {
            if (tokens.TryTake("["))
            {
                ExpressionSyntax index = Parse();
                tokens.Take("]");
                expression = Checked(new IndexSyntax(expression, index, tokens.From(start)));
            }
            else if (tokens.TryTake("->") || tokens.TryTake("."))
            {
                expression = ParseMember(expression, start);
            }
            else if (tokens.Peek() is { Kind: TokenKind.Punctuation, Text: "++" or "--" } sign)
            {
                tokens.Take();
                expression = Step(expression, sign.Text, isPostfix: true, start);
            }
            else
            {
                return expression;
            }
        }
    }

    private ExpressionSyntax ParseMember(ExpressionSyntax operand, int start)
    {
        if (tokens.Peek() is { Kind: TokenKind.Number } number)
        {
            tokens.Take();
            return number.Value < 1000
                ? Checked(new TupleItemSyntax(operand, (int)number.Value, tokens.From(start)))
                : throw new ProbeException("No tuple has so many values.", number.Span);
        }

        Token name = tokens.Take(TokenKind.Word, "a member's name");
        return Checked(new MemberSyntax(operand, name.Text, name.Span, tokens.From(start)));
    }

    private ExpressionSyntax Step(ExpressionSyntax target, string sign, bool isPostfix, int start) => target is VariableSyntax or MapSyntax
        ? Checked(new StepSyntax(target, sign == "++" ? 1 : -1, isPostfix, tokens.From(start)))
        : throw new ProbeException($"Only variables ($x) and maps (@x) can be counted with {sign}.", target.Span);

    private ExpressionSyntax ParsePrimary()
    {
        Token token = tokens.Peek();
        switch (token.Kind)
        {
            case TokenKind.Number:
                tokens.Take();
                return new IntegerSyntax(token.Value, token.Span);
            case TokenKind.String:
                tokens.Take();
                return new StringSyntax(token.Bytes, token.Span);
            case TokenKind.Variable:
                tokens.Take();
                return new VariableSyntax(token.Text, token.Span);
            case TokenKind.Positional:
                tokens.Take();
                return new PositionalSyntax((int)token.Value, token.Span);
            case TokenKind.Map:
                tokens.Take();
                IReadOnlyList<ExpressionSyntax> key = tokens.TryTake("[") ? TakeKey() : [];
                return Checked(new MapSyntax(token.Text, key, tokens.From(token.Span.Start)));
            case TokenKind.Word:
                return ParseWord(tokens.Take());
            case TokenKind.Punctuation when token.Text == "$#":
                tokens.Take();
                return new PositionalCountSyntax(token.Span);
            case TokenKind.Punctuation when token.Text == "(":
                return ParseBrackets(tokens.Take());
            default:
                throw tokens.Unexpected("an expression");
        }
    }

    private IReadOnlyList<ExpressionSyntax> TakeKey() => tokens.Peek().Is("]")
        ? throw tokens.Unexpected("a key")
        : tokens.TakeList("]", Parse);

    private ExpressionSyntax ParseWord(Token word)
    {
        if (word.Text is "if" or "else" or "while" or "for" or "unroll" or "return" or "struct" or "union" or "enum")
        {
            throw new ProbeException($"Expected an expression, not '{word.Text}'.", word.Span);
        }

        if (word.Text is "sizeof" && tokens.Peek().Is("("))
        {
            return ParseSizeOf(word);
        }

        if (word.Text is "offsetof" && tokens.Peek().Is("("))
        {
            return ParseOffsetOf(word);
        }

        return tokens.TryTake("(")
            ? Checked(new CallSyntax(word.Text, word.Span, tokens.TakeList(")", Parse), tokens.From(word.Span.Start)))
            : new NameSyntax(word.Text, word.Span);
    }

    private ExpressionSyntax ParseBrackets(Token open)
    {
        ExpressionSyntax inner = Parse();
        if (tokens.TryTake(","))
        {
            IReadOnlyList<ExpressionSyntax> items = [inner, .. tokens.TakeList(")", Parse)];
            return Checked(new TupleSyntax(items, tokens.From(open.Span.Start)));
        }

        return tokens.TryTake(")") ? inner : throw tokens.Unexpected("')'");
    }

    private ExpressionSyntax ParseSizeOf(Token word)
    {
        if (types.TryParseCast() is { } type)
        {
            return new SizeOfSyntax(type, null, tokens.From(word.Span.Start));
        }

        tokens.Take("(");
        ExpressionSyntax operand = Parse();
        tokens.Take(")");
        return Checked(new SizeOfSyntax(null, operand, tokens.From(word.Span.Start)));
    }

    private OffsetOfSyntax ParseOffsetOf(Token word)
    {
        tokens.Take("(");
        TypeSyntax type = types.Parse();
        tokens.Take(",");
        List<NameSyntax> path = [];
        do
        {
            Token name = tokens.Take(TokenKind.Word, "a member's name");
            path.Add(new(name.Text, name.Span));
        }
        while (tokens.TryTake("."));

        tokens.Take(")");
        return new(type, path, tokens.From(word.Span.Start));
    }

    private static ExpressionSyntax Checked(ExpressionSyntax expression) => expression.Depth <= MaxDepth
        ? expression
        : throw new ProbeException($"This expression is too long: {MaxDepth} levels at most, take it apart with variables.", expression.Span);
}
