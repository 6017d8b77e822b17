namespace Sonde.Tracing.Protocols.Sql;

/// <summary>
/// Writes a statement without its values: literals are <c>?</c>, lists behind <c>IN</c> keep their first element, comments are dropped,
/// white space is one space (semantic conventions 1.41, sanitization of <c>db.query.text</c>). Parameters stay as they are.
/// </summary>
/// <remarks>The buffer is used again for each statement: the result holds until the next one.</remarks>
internal sealed class SqlNormalizer(SqlDialect dialect, bool redact)
{
    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>Where the list behind <c>IN</c> has its first element's end; -1 outside of one, 0 before the element.</summary>
    private int _listEnd;

    /// <summary>How many bytes a sign before the next literal takes, with the space behind it; 0 when there is none.</summary>
    private int _sign;
    private bool _wasIn;
    private bool _mayBeSign;
    private bool _isSecret;

    /// <summary>Whether nothing but <c>=</c>, <c>BY</c> and the like stands between here and a word that announces a secret.</summary>
    private bool _isSecretNext;

    /// <summary>The statement as it may be shown.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, _length);

    /// <summary>Reads a statement.</summary>
    /// <param name="statement">As it was sent, or its beginning.</param>
    /// <param name="isCut">Whether more of it was sent: then it ends with the last token that is surely whole.</param>
    /// <param name="escapes">Whether a backslash in a plain string quotes the character behind it.</param>
    /// <returns>
    /// False when a quote is never closed: then strings and what stands between them may be taken for each other, and nothing of it may
    /// be shown.
    /// </returns>
    public bool Read(ReadOnlySpan<byte> statement, bool isCut, bool escapes)
    {
        if (_buffer.Length < statement.Length + 1)
        {
            _buffer = new byte[statement.Length + 1];
        }

        (_length, _listEnd, _sign) = (0, -1, 0);
        (_wasIn, _mayBeSign, _isSecret, _isSecretNext) = (false, true, false, false);
        var lexer = new SqlLexer(statement, dialect, escapes);
        while (lexer.Next())
        {
            bool touchesEnd = lexer.End == statement.Length;
            if (isCut && touchesEnd && (lexer.IsOpen || lexer.Kind != SqlTokenKind.Symbol))
            {
                break;
            }

            Write(lexer);
        }

        if (!isCut && lexer.IsOpen)
        {
            _length = 0;
            return false;
        }

        _length = _listEnd > 0 ? _listEnd : _length;
        return true;
    }

    private void Write(in SqlLexer lexer)
    {
        ReadOnlySpan<byte> token = lexer.Token;
        SqlTokenKind kind = lexer.Kind;
        if (kind == SqlTokenKind.Symbol && token[0] == ';')
        {
            _isSecret = false;
        }

        bool hides = kind == SqlTokenKind.Literal && (redact || _isSecret || SqlSecrets.IsInside(token))
            || (kind == SqlTokenKind.Name && _isSecretNext);
        if (hides && _sign > 0)
        {
            _length -= _sign;
        }

        if (lexer.IsApart && _length > 0 && !(hides && _sign > 0))
        {
            _buffer[_length++] = (byte)' ';
        }

        ReadOnlySpan<byte> written = hides ? "?"u8 : token;
        int start = _length;
        written.CopyTo(_buffer.AsSpan(_length));
        _length += written.Length;
        Follow(kind, token, start);
        if (kind == SqlTokenKind.Word && SqlSecrets.Announces(token))
        {
            (_isSecret, _isSecretNext) = (true, true);
        }
        else
        {
            _isSecretNext &= (kind == SqlTokenKind.Symbol && token[0] == '=') || (kind == SqlTokenKind.Word && (Is(token, "by"u8) || Is(token, "as"u8)));
        }
    }

    /// <summary>Keeps what the next token has to know of this one.</summary>
    private void Follow(SqlTokenKind kind, ReadOnlySpan<byte> token, int start)
    {
        byte symbol = kind == SqlTokenKind.Symbol ? token[0] : (byte)0;
        bool isSign = symbol is (byte)'-' or (byte)'+' && _mayBeSign;
        if (_listEnd >= 0)
        {
            FollowList(kind, symbol, isSign);
        }
        else if (_wasIn && symbol == '(')
        {
            _listEnd = 0;
        }

        _sign = isSign ? 1 : 0;
        _mayBeSign = kind == SqlTokenKind.Symbol ? symbol is not ((byte)')' or (byte)']') : kind == SqlTokenKind.Word && IsKeyword(token);
        _wasIn = kind == SqlTokenKind.Word && System.Text.Ascii.EqualsIgnoreCase(token, "in"u8);
    }

    private void FollowList(SqlTokenKind kind, byte symbol, bool isSign)
    {
        if (kind is SqlTokenKind.Literal or SqlTokenKind.Parameter)
        {
            _listEnd = _listEnd == 0 ? _length : _listEnd;
        }
        else if (symbol == ')' && _listEnd > 0)
        {
            _length = _listEnd;
            _buffer[_length++] = (byte)')';
            _listEnd = -1;
        }
        else if (symbol != ',' && !isSign)
        {
            _listEnd = -1;
        }
    }

    /// <summary>Words after which a sign belongs to the number behind it.</summary>
    private static bool IsKeyword(ReadOnlySpan<byte> word) =>
        word.Length is >= 2 and <= 9 && (Is(word, "select"u8) || Is(word, "and"u8) || Is(word, "or"u8) || Is(word, "between"u8) || Is(word, "limit"u8)
            || Is(word, "offset"u8) || Is(word, "then"u8) || Is(word, "else"u8) || Is(word, "when"u8) || Is(word, "return"u8) || Is(word, "by"u8)
            || Is(word, "set"u8) || Is(word, "like"u8) || Is(word, "default"u8) || Is(word, "returning"u8) || Is(word, "values"u8));

    private static bool Is(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lower) => System.Text.Ascii.EqualsIgnoreCase(word, lower);
}
