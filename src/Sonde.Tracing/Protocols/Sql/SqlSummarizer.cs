namespace Sonde.Tracing.Protocols.Sql;

/// <summary>
/// Finds a statement's operations and what they are applied to, in the order and the spelling in which they stand there (semantic
/// conventions 1.41, generating a summary of the query). Goes by keywords and parentheses: it knows no database's grammar.
/// </summary>
/// <remarks>Left out are names of common table expressions, users, roles, cursors, savepoints, and functions in place of tables.</remarks>
internal sealed class SqlSummarizer(SqlDialect dialect)
{
    private readonly SummaryBuilder _summary = new();
    private readonly CommonTables _commonTables = new();

    /// <summary>A bit for each depth of parentheses: whether a FROM there is the query's.</summary>
    private ulong _awaitsFrom;

    /// <summary>A bit for each depth of parentheses: whether a comma there parts tables.</summary>
    private ulong _listsTables;
    private int _depth;

    /// <summary>Whether a word here begins a statement.</summary>
    private bool _isStart;

    /// <summary>Whether words of operations mean none, as in GRANT.</summary>
    private bool _isPrevented;
    private SqlWord _previous;

    private ulong Here => 1UL << Math.Clamp(_depth, 0, 63);

    /// <summary>Reads a normalised statement, which the result keeps.</summary>
    public SqlStatement Summarize(byte[] text, bool escapes)
    {
        _summary.Clear(text);
        _commonTables.Clear();
        BeginStatement();
        var lexer = new SqlLexer(text, dialect, escapes);
        while (lexer.Next())
        {
            if (lexer.Kind == SqlTokenKind.Word)
            {
                SqlWord word = SqlWords.Of(lexer.Token);
                bool isStart = _isStart;
                _isStart = false;
                ReadWord(ref lexer, word, isStart);
                _previous = word;
            }
            else
            {
                _previous = SqlWord.None;
                _isStart &= lexer.Kind == SqlTokenKind.Symbol;
                if (lexer.Kind == SqlTokenKind.Symbol)
                {
                    ReadSymbol(ref lexer, lexer.Token[0]);
                }
            }
        }

        return _summary.Build();
    }

    private void BeginStatement() =>
        (_awaitsFrom, _listsTables, _depth, _isStart, _isPrevented, _previous) = (0, 0, 0, true, false, SqlWord.None);

    private void ReadSymbol(ref SqlLexer lexer, byte symbol)
    {
        switch (symbol)
        {
            case (byte)'(':
                _depth++;
                // Parts of a WITH are statements; elsewhere only SELECT stands in parentheses.
                _isStart = _commonTables.Any;
                _awaitsFrom &= ~Here;
                _listsTables &= ~Here;
                break;
            case (byte)')':
                _depth--;
                _isStart = _commonTables.Any && _depth == 0;
                break;
            case (byte)';':
                _commonTables.Clear();
                BeginStatement();
                break;
            case (byte)',' when (_listsTables & Here) != 0:
                ReadTarget(ref lexer, isTable: true);
                break;
            case (byte)'{':
                // JDBC's {call …}.
                break;
            default:
                _isStart = false;
                break;
        }
    }

    private void ReadWord(ref SqlLexer lexer, SqlWord word, bool isStart)
    {
        switch (word)
        {
            case SqlWord.Select when !_isPrevented:
                _summary.Operate(lexer.Token, SqlVerb.Access);
                _awaitsFrom |= Here;
                _listsTables &= ~Here;
                break;
            case SqlWord.From when (_awaitsFrom & Here) != 0 && _previous != SqlWord.Distinct:
                _awaitsFrom &= ~Here;
                _listsTables |= Here;
                ReadTarget(ref lexer, isTable: true);
                break;
            case SqlWord.Join:
            case SqlWord.Using when (_listsTables & Here) != 0:
                ReadTarget(ref lexer, isTable: true);
                break;
            case SqlWord.Into when (_awaitsFrom & Here) != 0 && dialect != SqlDialect.MySql:
                // SELECT … INTO makes a table; MySQL's fills variables or a file.
                ReadTarget(ref lexer, isTable: false);
                break;
            case SqlWord.Set or SqlWord.Clause when !isStart:
                _listsTables &= ~Here;
                break;
            case SqlWord.With when isStart:
                _commonTables.Read(lexer);
                break;
            default:
                if (isStart)
                {
                    ReadVerb(ref lexer, word);
                }

                break;
        }
    }

    /// <summary>A statement begins with this word.</summary>
    private void ReadVerb(ref SqlLexer lexer, SqlWord word)
    {
        switch (word)
        {
            case SqlWord.Insert or SqlWord.Update or SqlWord.Delete or SqlWord.Merge or SqlWord.Truncate or SqlWord.Copy when lexer.Peek() != '(' && !_isPrevented:
                _summary.Operate(lexer.Token, SqlVerb.Access);
                _awaitsFrom |= word is SqlWord.Delete or SqlWord.Update ? Here : 0;
                _listsTables |= word is SqlWord.Update or SqlWord.Merge or SqlWord.Truncate ? Here : 0;
                if (word != SqlWord.Delete || !IsNext(lexer, SqlWord.From))
                {
                    ReadTarget(ref lexer, isTable: false);
                }

                break;
            case SqlWord.Define:
                Define(ref lexer);
                break;
            case SqlWord.Call:
                _summary.Operate(lexer.Token, SqlVerb.Call);
                ReadTarget(ref lexer, isTable: false);
                break;
            case SqlWord.Use:
                _summary.Operate(lexer.Token, SqlVerb.Use);
                ReadTarget(ref lexer, isTable: false);
                break;
            case SqlWord.Explain:
                _summary.Operate(lexer.Token, SqlVerb.Other);
                _isStart = true;
                break;
            case SqlWord.Grant:
                _summary.Operate(lexer.Token, SqlVerb.Other);
                _isPrevented = true;
                break;
            default:
                if (_depth == 0 && _previous == SqlWord.None && !_commonTables.Any)
                {
                    _summary.Operate(lexer.Token, SqlVerb.Other);
                }

                break;
        }
    }

    /// <summary>CREATE, ALTER, DROP or START, the kind of thing, and its name where that is no person's.</summary>
    private void Define(ref SqlLexer lexer)
    {
        ReadOnlySpan<byte> verb = lexer.Token;
        SqlLexer ahead = lexer;
        while (ahead.Next() && ahead.Kind == SqlTokenKind.Word && SqlWords.Of(ahead.Token) is SqlWord.Modifier or SqlWord.Insert)
        {
            lexer = ahead;
        }

        if (ahead.Kind != SqlTokenKind.Word)
        {
            _summary.Operate(verb, SqlVerb.Other);
            return;
        }

        lexer = ahead;
        _summary.Operate(verb, lexer.Token);
        _isPrevented = SqlWords.IsNameless(lexer.Token);
        if (!_isPrevented)
        {
            ReadTarget(ref lexer, isTable: false);
        }
    }

    /// <summary>Takes the name behind an operation or a preposition, when there is one.</summary>
    private void ReadTarget(ref SqlLexer lexer, bool isTable)
    {
        SqlLexer ahead = lexer;
        while (ahead.Next() && ahead.Kind == SqlTokenKind.Word && SqlWords.Of(ahead.Token) is SqlWord.Modifier or SqlWord.Into or SqlWord.Table)
        {
            lexer = ahead;
        }

        bool isWord = ahead.Kind == SqlTokenKind.Word;
        if ((!isWord && ahead.Kind != SqlTokenKind.Name) || (isWord && SqlWords.Of(ahead.Token) is SqlWord.Select or SqlWord.From or SqlWord.Clause or SqlWord.Set))
        {
            return;
        }

        int start = ahead.Start;
        lexer = ahead;
        while (ahead.Next() && ahead.Kind == SqlTokenKind.Symbol && ahead.Token[0] == '.' && ahead.Next() && ahead.Kind is SqlTokenKind.Word or SqlTokenKind.Name)
        {
            lexer = ahead;
        }

        bool isFunction = isTable && lexer.Peek() == '(';
        ReadOnlySpan<byte> name = _summary.Text[start..lexer.End];
        if (!isFunction && !_commonTables.Contains(name))
        {
            _summary.Target(name);
        }
    }

    private static bool IsNext(SqlLexer lexer, SqlWord word) => lexer.Next() && lexer.Kind == SqlTokenKind.Word && SqlWords.Of(lexer.Token) == word;
}
