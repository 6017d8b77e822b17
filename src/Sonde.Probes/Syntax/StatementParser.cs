using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>Blocks and what stands in them.</summary>
internal sealed class StatementParser(TokenReader tokens, ExpressionParser expressions)
{
    public BlockSyntax ParseBlock() => tokens.Nested(() =>
    {
        int start = tokens.Take("{").Span.Start;
        List<StatementSyntax> statements = [];
        while (!tokens.Peek().Is("}"))
        {
            if (tokens.Peek().Kind == TokenKind.EndOfText)
            {
                throw new ProbeException("This block is never closed: add }.", new(start, 1));
            }

            if (!tokens.TryTake(";"))
            {
                statements.Add(ParseStatement());
            }
        }

        tokens.Take();
        return new BlockSyntax(statements, tokens.From(start));
    });

    private StatementSyntax ParseStatement()
    {
        Token first = tokens.Peek();
        switch (first.Kind == TokenKind.Word ? first.Text : first.Is("{") ? "{" : "")
        {
            case "if":
                tokens.Take();
                return ParseIf(first.Span.Start);
            case "while":
                tokens.Take();
                return ParseWhile(first.Span.Start);
            case "for":
                tokens.Take();
                return ParseFor(first);
            case "unroll":
                tokens.Take();
                return ParseUnroll(first.Span.Start);
            case "{":
                return ParseBlock();
            case "return" or "break" or "continue":
                tokens.Take();
                return Ended(new JumpSyntax(first.Text switch { "return" => JumpKind.Return, "break" => JumpKind.Break, _ => JumpKind.Continue }, first.Span));
            case "let":
                tokens.Take();
                Token declared = tokens.Peek().Kind == TokenKind.Variable ? tokens.Peek() : throw tokens.Unexpected("a variable");
                if (tokens.Peek(1).Is(";"))
                {
                    // A variable begins where it is assigned: to declare it says nothing.
                    tokens.Take();
                    return Ended(new BlockSyntax([], declared.Span));
                }

                break;
        }

        return Ended(ParseSimple(first.Span.Start));
    }

    private StatementSyntax ParseSimple(int start)
    {
        ExpressionSyntax expression = expressions.Parse();
        Token sign = tokens.Peek();
        if (sign.Kind != TokenKind.Punctuation || !TryFindAssignment(sign.Text, out BinaryOperator? compound))
        {
            return new ExpressionStatementSyntax(expression, tokens.From(start));
        }

        if (expression is not (VariableSyntax or MapSyntax))
        {
            throw new ProbeException("Only variables ($x) and maps (@x) can be assigned.", expression.Span);
        }

        tokens.Take();
        ExpressionSyntax value = expressions.Parse();
        return new AssignmentSyntax(expression, compound, value, tokens.From(start));
    }

    private IfSyntax ParseIf(int start) => tokens.Nested(() =>
    {
        ExpressionSyntax condition = expressions.Parse();
        BlockSyntax then = ParseBlock();
        BlockSyntax? otherwise = null;
        if (tokens.TryTake("else"))
        {
            if (tokens.Peek().Is("if"))
            {
                IfSyntax inner = ParseIf(tokens.Take().Span.Start);
                otherwise = new([inner], inner.Span);
            }
            else
            {
                otherwise = ParseBlock();
            }
        }

        return new IfSyntax(condition, then, otherwise, tokens.From(start));
    });

    private WhileSyntax ParseWhile(int start)
    {
        ExpressionSyntax condition = expressions.Parse();
        return new(condition, ParseBlock(), tokens.From(start));
    }

    private RangeLoopSyntax ParseFor(Token keyword)
    {
        bool hasBracket = tokens.TryTake("(");
        Token variable = tokens.Take(TokenKind.Variable, "a variable");
        tokens.Take(":");
        if (tokens.Peek().Kind == TokenKind.Map)
        {
            throw new ProbeException("A loop over the keys of a map is not supported: loops count, for ($i : 0..10) { }.", keyword.Span);
        }

        ExpressionSyntax first = expressions.Parse();
        tokens.Take("..");
        ExpressionSyntax end = expressions.Parse();
        if (hasBracket)
        {
            tokens.Take(")");
        }

        return new(new(variable.Text, variable.Span), first, end, ParseBlock(), tokens.From(keyword.Span.Start));
    }

    private UnrollSyntax ParseUnroll(int start)
    {
        ExpressionSyntax count = expressions.Parse();
        return new(count, ParseBlock(), tokens.From(start));
    }

    /// <summary>Behind a statement without a block stands <c>;</c>, which may be left out in front of <c>}</c>.</summary>
    private StatementSyntax Ended(StatementSyntax statement) => tokens.TryTake(";") || tokens.Peek().Is("}")
        ? statement
        : throw tokens.Unexpected("';'");

    private static bool TryFindAssignment(string sign, out BinaryOperator? compound)
    {
        compound = sign switch
        {
            "+=" => BinaryOperator.Add,
            "-=" => BinaryOperator.Subtract,
            "*=" => BinaryOperator.Multiply,
            "/=" => BinaryOperator.Divide,
            "%=" => BinaryOperator.Remainder,
            "&=" => BinaryOperator.BitAnd,
            "|=" => BinaryOperator.BitOr,
            "^=" => BinaryOperator.BitXor,
            "<<=" => BinaryOperator.ShiftLeft,
            ">>=" => BinaryOperator.ShiftRight,
            _ => null,
        };
        return compound is not null || sign == "=";
    }
}
