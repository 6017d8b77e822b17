using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>A program's text as a tree: definitions in C, and clauses.</summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly DefinitionParser _definitions;
    private readonly ExpressionParser _expressions;
    private readonly StatementParser _statements;

    private Parser(string text)
    {
        _tokens = new(text);
        TypeParser types = new(_tokens);
        _definitions = new(_tokens, types);
        _expressions = new(_tokens, types);
        _statements = new(_tokens, _expressions);
    }

    /// <exception cref="ProbeException">The text is not a program: the message says what was expected, the span where.</exception>
    public static ProgramSyntax Parse(string text) => new Parser(text).ParseProgram();

    /// <summary>The one expression that begins at a place of a longer text, and ends with a semicolon.</summary>
    /// <exception cref="ProbeException">There is none, or something else follows.</exception>
    public static ExpressionSyntax ParseExpression(string text, int start)
    {
        Parser parser = new(text);
        parser._tokens.Position = start;
        ExpressionSyntax expression = parser._expressions.Parse();
        parser._tokens.Take(";");
        return expression;
    }

    private ProgramSyntax ParseProgram()
    {
        List<ClauseSyntax> clauses = [];
        for (int start = _tokens.Position; start < _tokens.Text.Length; start = _tokens.Position)
        {
            string word = WordAt(start);
            switch (word)
            {
                case "struct" or "union" or "enum" or "typedef":
                    _definitions.Parse();
                    break;
                case "config" when !IsAttachPoint(start + word.Length):
                    throw new ProbeException("A program does not set its own limits: config blocks are not supported, the limits are settings of whoever runs the program.", new(start, word.Length));
                case "fn" or "macro" or "import" or "let" when !IsAttachPoint(start + word.Length):
                    throw new ProbeException($"'{word}' is not supported: a program consists of attach points with what happens there, and of C's struct, union and enum.", new(start, word.Length));
                default:
                    clauses.Add(ParseClause(start));
                    break;
            }
        }

        return clauses.Count > 0
            ? new(_definitions.Structures, _definitions.Enumerations, _definitions.Typedefs, clauses, new(0, _tokens.Text.Length))
            : throw new ProbeException("The program is empty: write an attach point and a block, like BEGIN { printf(\"hello\\n\"); }.", SourceSpan.None);
    }

    private ClauseSyntax ParseClause(int start)
    {
        List<AttachPattern> points = [];
        do
        {
            (AttachPattern pattern, _tokens.Position) = AttachPatternReader.Read(_tokens.Text, _tokens.Position);
            points.Add(pattern);
        }
        while (_tokens.TryTake(","));

        ExpressionSyntax? predicate = null;
        if (_tokens.TryTake("/"))
        {
            predicate = _expressions.Parse();
            _tokens.Take(TokenKind.EndOfPredicate, "'/' and a block: the end of the predicate");
        }
        else if (!_tokens.Peek().Is("{"))
        {
            throw _tokens.Unexpected("',', a predicate or '{' behind the attach point");
        }

        BlockSyntax body = _statements.ParseBlock();
        return new(points, predicate, body, _tokens.From(start));
    }

    private bool IsAttachPoint(int end) => end < _tokens.Text.Length && _tokens.Text[end] == ':';

    private string WordAt(int start)
    {
        int end = start;
        while (end < _tokens.Text.Length && Lexer.IsWordPart(_tokens.Text[end]))
        {
            end++;
        }

        return _tokens.Text[start..end];
    }
}
