namespace Sonde.Probes.Syntax;

/// <summary>
/// A program's text as tokens, one at a time: what attach points are made of is only known to the parser, so it reads those itself
/// (<see cref="AttachPatternReader"/>) and sets <see cref="Position"/> behind them.
/// </summary>
internal sealed class Lexer
{
    private static readonly string[] _punctuation =
    [
        "<<=", ">>=",
        "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "..",
        "(", ")", "[", "]", "{", "}", ";", ",", ":", "?", ".", "=", "<", ">", "!", "~", "+", "-", "*", "/", "%", "&", "|", "^",
    ];

    private readonly string _text;
    private readonly int _end;
    private readonly Directives _directives;
    private readonly MacroExpansion? _expansion;

    public Lexer(string text)
    {
        _text = text;
        _end = text.Length;
        _directives = new(text);
        _expansion = new(text, _directives);
    }

    /// <summary>Of a macro's body: directives end there, and names stay as they are.</summary>
    public Lexer(string text, int start, int end, Directives directives)
    {
        _text = text;
        Position = start;
        _end = end;
        _directives = directives;
    }

    /// <summary>Where the next token is looked for.</summary>
    public int Position { get; set; }

    public static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_';

    public static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    /// <summary>The next token, macros expanded.</summary>
    public Token Next()
    {
        if (_expansion is null)
        {
            return Read();
        }

        if (_expansion.TryTake(out Token expanded))
        {
            return expanded;
        }

        Token token = Read();
        return _expansion.TryExpand(token) ? Next() : token;
    }

    /// <summary>Moves over blanks, comments and directives.</summary>
    public void SkipTrivia()
    {
        while (Position < _end)
        {
            if (char.IsWhiteSpace(_text[Position]))
            {
                Position++;
            }
            else if (_text[Position] == '\\' && At(1) is '\n' or '\r')
            {
                Position += 2;
            }
            else if (_text[Position] == '/' && At(1) is '/' or '*')
            {
                Position = EndOfComment(Position);
            }
            else if (_text[Position] == '#' && _expansion is not null && IsFirstOfLine(Position))
            {
                Position = _directives.Take(Position);
                SkipInactiveLines();
            }
            else
            {
                return;
            }
        }

        if (_expansion is not null)
        {
            _directives.Close();
        }
    }

    private void SkipInactiveLines()
    {
        while (!_directives.IsActive && Position < _end)
        {
            int start = Position;
            while (start < _end && char.IsWhiteSpace(_text[start]))
            {
                start++;
            }

            Position = start < _end && _text[start] == '#' ? _directives.Take(start) : _directives.EndOfLine(start);
        }
    }

    private Token Read()
    {
        SkipTrivia();
        int start = Position;
        if (start >= _end)
        {
            return new(TokenKind.EndOfText, "", new(Math.Min(start, _text.Length), 0));
        }

        switch (_text[start])
        {
            case '"':
                return ReadString();
            case char c when char.IsAsciiDigit(c):
                (Token number, Position) = NumberReader.Read(_text, start, _end);
                return number;
            case char c when IsWordStart(c):
                return ReadWord(TokenKind.Word, 0);
            case '@':
                return ReadWord(TokenKind.Map, 1);
            case '$' when At(1) == '#':
                Position += 2;
                return Made(TokenKind.Punctuation, start);
            case '$' when char.IsAsciiDigit(At(1)):
                return ReadPositional();
            case '$' when IsWordStart(At(1)):
                return ReadWord(TokenKind.Variable, 1);
            case '/' when EndsPredicate():
                Position++;
                return Made(TokenKind.EndOfPredicate, start);
        }

        foreach (string punctuation in _punctuation)
        {
            if (string.CompareOrdinal(_text, start, punctuation, 0, punctuation.Length) == 0)
            {
                Position += punctuation.Length;
                return new(TokenKind.Punctuation, punctuation, new(start, punctuation.Length));
            }
        }

        throw new ProbeException(_text[start] switch
        {
            '$' => "A '$' is followed by a variable's name, by a parameter's number or by '#'.",
            '\'' => "Strings stand in double quotes.",
            char c when char.IsControl(c) => $"Unexpected character U+{(int)c:X4}.",
            char c => $"Unexpected character '{c}'.",
        }, new(start, 1));
    }

    private Token ReadWord(TokenKind kind, int prefix)
    {
        int start = Position;
        Position += prefix;
        while (Position < _end && IsWordPart(_text[Position]))
        {
            Position++;
        }

        return Made(kind, start);
    }

    private Token ReadPositional()
    {
        int start = Position++;
        while (Position < _end && char.IsAsciiDigit(_text[Position]))
        {
            Position++;
        }

        Token token = Made(TokenKind.Positional, start);
        return int.TryParse(token.Text.AsSpan(1), out int number) && number > 0
            ? token with { Value = (ulong)number }
            : throw new ProbeException("Parameters are numbered from $1 on.", token.Span);
    }

    private Token ReadString()
    {
        int start = Position;
        (byte[] bytes, Position) = StringReader.Read(_text, start, _end);
        return Made(TokenKind.String, start) with { Bytes = [.. bytes] };
    }

    private Token Made(TokenKind kind, int start) => new(kind, _text[start..Position], new(start, Position - start));

    private char At(int offset) => Position + offset < _end ? _text[Position + offset] : '\0';

    /// <summary>A <c>/</c> that a block follows: nothing can be divided by one.</summary>
    private bool EndsPredicate()
    {
        int next = Position + 1;
        while (next < _end)
        {
            if (char.IsWhiteSpace(_text[next]))
            {
                next++;
            }
            else if (_text[next] == '/' && next + 1 < _end && _text[next + 1] is '/' or '*')
            {
                next = EndOfComment(next);
            }
            else
            {
                return _text[next] == '{';
            }
        }

        return false;
    }

    private int EndOfComment(int start)
    {
        if (_text[start + 1] == '/')
        {
            int line = _text.IndexOf('\n', start, _end - start);
            return line < 0 ? _end : line;
        }

        int end = _text.IndexOf("*/", start + 2, _end - start - 2, StringComparison.Ordinal);
        return end < 0 ? throw new ProbeException("This comment is never closed: add */.", new(start, 2)) : end + 2;
    }

    private bool IsFirstOfLine(int position)
    {
        while (position > 0 && _text[position - 1] is ' ' or '\t')
        {
            position--;
        }

        return position == 0 || _text[position - 1] == '\n';
    }
}
