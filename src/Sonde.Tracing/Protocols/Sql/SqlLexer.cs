using System.Buffers;

namespace Sonde.Tracing.Protocols.Sql;

/// <summary>
/// Cuts a statement into tokens; comments and white space are none. The rules are those of PostgreSQL's manual (4.1), MySQL's (11) and
/// Transact-SQL's (identifiers, constants, comments).
/// </summary>
/// <param name="text">UTF-8, or another encoding that leaves ASCII alone.</param>
/// <param name="dialect">Whose SQL it is.</param>
/// <param name="escapes">Whether a backslash in a plain string quotes the character behind it.</param>
internal ref struct SqlLexer(ReadOnlySpan<byte> text, SqlDialect dialect, bool escapes)
{
    private static readonly SearchValues<byte> s_wordEnd = SearchValues.Create(NoWordBytes());

    private readonly ReadOnlySpan<byte> _text = text;
    private int _position;
    private bool _isConditional;

    public SqlTokenKind Kind { get; private set; }

    /// <summary>Where the token begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where it ends.</summary>
    public readonly int End => _position;

    /// <summary>Whether white space or a comment stands before it.</summary>
    public bool IsApart { get; private set; }

    /// <summary>Whether the text ends inside the token: a quote or a comment that is not closed.</summary>
    public bool IsOpen { get; private set; }

    public readonly ReadOnlySpan<byte> Token => _text[Start.._position];

    /// <summary>Takes the next token; false at the end.</summary>
    public bool Next()
    {
        int before = _position;
        SkipSpace();
        IsApart = _position > before;
        Start = _position;
        Kind = _position >= _text.Length ? SqlTokenKind.End : Take();
        return Kind != SqlTokenKind.End;
    }

    /// <summary>The first byte behind the token that is no white space; 0 at the end.</summary>
    public readonly byte Peek()
    {
        int at = _text[_position..].IndexOfAnyExcept(" \t\r\n"u8);
        return at < 0 ? (byte)0 : _text[_position + at];
    }

    private SqlTokenKind Take()
    {
        byte first = _text[_position], second = At(1);
        switch (first)
        {
            case (byte)'\'':
                return Quote(first, escapes && dialect != SqlDialect.SqlServer, SqlTokenKind.Literal);
            case (byte)'"' when dialect == SqlDialect.MySql:
                return Quote(first, escapes, SqlTokenKind.Literal);
            case (byte)'"':
                return Quote(first, false, SqlTokenKind.Name);
            case (byte)'`' when dialect == SqlDialect.MySql:
                return Quote(first, false, SqlTokenKind.Name);
            case (byte)'[' when dialect == SqlDialect.SqlServer:
                return Quote((byte)']', false, SqlTokenKind.Name);
            case (byte)'$' when dialect == SqlDialect.PostgreSql:
                return Dollar(second);
            case (byte)'@' when dialect != SqlDialect.PostgreSql && (IsWord(second) || second == '@'):
                _position += second == '@' ? 2 : 1;
                SkipWord();
                return SqlTokenKind.Parameter;
            case (byte)'?':
                _position++;
                return SqlTokenKind.Parameter;
            case (byte)':' when dialect == SqlDialect.PostgreSql && second == ':':
                _position += 2;
                return SqlTokenKind.Symbol;
            case >= (byte)'0' and <= (byte)'9':
                return Number();
            case (byte)'.' when IsDigit(second) && !EndsName():
                return Number();
            case (byte)'$' when dialect == SqlDialect.SqlServer && IsDigit(second):
                return Number();
            default:
                return IsWordStart(first) ? Word(first, second) : Symbol();
        }
    }

    private SqlTokenKind Symbol()
    {
        _position++;
        return SqlTokenKind.Symbol;
    }

    private SqlTokenKind Word(byte first, byte second)
    {
        if (second == '\'' && (first | 0x20) is 'e' or 'b' or 'x' or 'n' && (dialect == SqlDialect.PostgreSql || (first | 0x20) != 'e'))
        {
            _position++;
            bool escaped = (first | 0x20) == 'e' || (dialect == SqlDialect.MySql && escapes);
            return Quote((byte)'\'', escaped, SqlTokenKind.Literal);
        }

        if (dialect == SqlDialect.PostgreSql && (first | 0x20) == 'u' && second == '&' && At(2) is (byte)'\'' or (byte)'"')
        {
            _position += 2;
            return Quote(_text[_position], false, _text[_position] == '"' ? SqlTokenKind.Name : SqlTokenKind.Literal);
        }

        _position++;
        SkipWord();
        ReadOnlySpan<byte> word = Token;
        return word.Length is 4 or 5 && (Is(word, "true"u8) || Is(word, "false"u8)) ? SqlTokenKind.Literal : SqlTokenKind.Word;
    }

    /// <summary>From the quote at the position to the one that closes it; two of them are one inside.</summary>
    private SqlTokenKind Quote(byte close, bool escaped, SqlTokenKind kind)
    {
        _position++;
        while (true)
        {
            ReadOnlySpan<byte> rest = _text[_position..];
            int at = escaped ? rest.IndexOfAny(close, (byte)'\\') : rest.IndexOf(close);
            if (at < 0 || (rest[at] == '\\' && at + 1 >= rest.Length))
            {
                _position = _text.Length;
                IsOpen = true;
                return kind;
            }

            _position += at + 1;
            if (rest[at] == '\\' || At(0) == close)
            {
                _position++;
            }
            else
            {
                return kind;
            }
        }
    }

    /// <summary><c>$1</c>, or a string between two <c>$tag$</c>.</summary>
    private SqlTokenKind Dollar(byte second)
    {
        if (IsDigit(second))
        {
            _position++;
            SkipWord();
            return SqlTokenKind.Parameter;
        }

        int length = 1;
        while (IsWord(At(length)) && At(length) != '$')
        {
            length++;
        }

        if (At(length) != '$')
        {
            // Where the text ends in the tag it may have been one.
            IsOpen |= _position + length >= _text.Length;
            return Symbol();
        }

        ReadOnlySpan<byte> tag = _text.Slice(_position, length + 1);
        int end = _text[(_position + tag.Length)..].IndexOf(tag);
        IsOpen |= end < 0;
        _position = end < 0 ? _text.Length : _position + end + (2 * tag.Length);
        return SqlTokenKind.Literal;
    }

    /// <summary>Digits, and what may belong to them: a base, a fraction, an exponent.</summary>
    private SqlTokenKind Number()
    {
        bool isHex = _text[_position] == '0' && (At(1) | 0x20) == 'x';
        _position++;
        while (_position < _text.Length)
        {
            byte next = _text[_position];
            bool isSign = next is (byte)'+' or (byte)'-' && !isHex && (_text[_position - 1] | 0x20) == 'e' && IsDigit(At(1));
            if (!isSign && next != '.' && !(IsWord(next) && next < 0x80))
            {
                break;
            }

            _position++;
        }

        return SqlTokenKind.Literal;
    }

    private void SkipSpace()
    {
        while (_position < _text.Length)
        {
            byte first = _text[_position], second = At(1);
            if (first is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\v' or 0)
            {
                _position++;
            }
            else if (first == '-' && second == '-' && (dialect != SqlDialect.MySql || At(2) <= ' '))
            {
                SkipLine();
            }
            else if (first == '#' && dialect == SqlDialect.MySql)
            {
                SkipLine();
            }
            else if (first == '/' && second == '*')
            {
                SkipComment();
            }
            else if (_isConditional && first == '*' && second == '/')
            {
                _isConditional = false;
                _position += 2;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipLine()
    {
        int end = _text[_position..].IndexOf((byte)'\n');
        _position = end < 0 ? _text.Length : _position + end + 1;
    }

    private void SkipComment()
    {
        _position += 2;
        if (dialect == SqlDialect.MySql && (At(0) == '!' || (At(0) == 'M' && At(1) == '!')))
        {
            // What stands in it is executed, by servers of that version.
            _position += At(0) == '!' ? 1 : 2;
            while (IsDigit(At(0)))
            {
                _position++;
            }

            _isConditional = true;
            return;
        }

        for (int depth = 1; depth > 0;)
        {
            int at = _text[_position..].IndexOfAny((byte)'*', (byte)'/');
            if (at < 0)
            {
                _position = _text.Length;
                IsOpen = true;
                return;
            }

            _position += at + 1;
            byte mark = _text[_position - 1], next = At(0);
            if (mark == '*' && next == '/')
            {
                depth--;
                _position++;
            }
            else if (mark == '/' && next == '*' && dialect != SqlDialect.MySql)
            {
                depth++;
                _position++;
            }
        }
    }

    private void SkipWord()
    {
        // Its bytes one by one: words are short.
        while (_position < _text.Length && !s_wordEnd.Contains(_text[_position])
            && (_text[_position] is not ((byte)'#' or (byte)'@') || dialect == SqlDialect.SqlServer))
        {
            _position++;
        }
    }

    /// <summary>Whether the byte before the position ends a name: then a point after it is no number's.</summary>
    private readonly bool EndsName() => _position > 0 && !IsApart && (IsWord(_text[_position - 1]) || _text[_position - 1] is (byte)'"' or (byte)'`' or (byte)']');

    private readonly byte At(int offset) => _position + offset < _text.Length ? _text[_position + offset] : (byte)0;

    private readonly bool IsWordStart(byte value) =>
        (value | 0x20) is >= (byte)'a' and <= (byte)'z' || value == '_' || value >= 0x80 || (value == '#' && dialect == SqlDialect.SqlServer)
            || (value == '$' && dialect == SqlDialect.MySql);

    private static bool IsWord(byte value) =>
        (value | 0x20) is >= (byte)'a' and <= (byte)'z' || value is (byte)'_' or (byte)'$' or >= 0x80 || IsDigit(value);

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower) => System.Text.Ascii.EqualsIgnoreCase(word, lower);

    private static byte[] NoWordBytes() =>
        [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !IsWord(value) && value is not ((byte)'#' or (byte)'@'))];
}
