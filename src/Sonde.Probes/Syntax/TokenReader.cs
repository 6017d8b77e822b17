using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>Tokens with as much look-ahead as wanted, and the questions that parsers ask.</summary>
internal sealed class TokenReader(string text)
{
    /// <summary>Who walks a syntax tree recurses as deep as it is.</summary>
    private const int MaxNesting = 64;

    private readonly Lexer _lexer = new(text);
    private readonly List<Token> _ahead = [];
    private int _nesting;

    public string Text => text;

    /// <summary>Where the token that was taken last ends.</summary>
    public int LastEnd { get; private set; }

    /// <summary>
    /// The place behind blanks, comments and directives, for text that is not made of tokens; setting it goes on from there. It is
    /// right only while nothing was looked at beyond what was taken.
    /// </summary>
    public int Position
    {
        get
        {
            _lexer.SkipTrivia();
            return _lexer.Position;
        }
        set
        {
            _ahead.Clear();
            _lexer.Position = LastEnd = value;
        }
    }

    public Token Peek(int ahead = 0)
    {
        while (_ahead.Count <= ahead)
        {
            _ahead.Add(_lexer.Next());
        }

        return _ahead[ahead];
    }

    public Token Take()
    {
        Token token = Peek();
        _ahead.RemoveAt(0);
        LastEnd = token.Span.End;
        return token;
    }

    public bool TryTake(string text)
    {
        if (!Peek().Is(text))
        {
            return false;
        }

        Take();
        return true;
    }

    /// <summary>Takes a token that has to stand here.</summary>
    public Token Take(string text) => Peek().Is(text) ? Take() : throw Unexpected($"'{text}'");

    /// <summary>Takes a token of a kind that has to stand here.</summary>
    public Token Take(TokenKind kind, string what) => Peek().Kind == kind ? Take() : throw Unexpected(what);

    public ProbeException Unexpected(string wanted) => new($"Expected {wanted}, not {Peek().Described}.", Peek().Span);

    /// <summary>From a start to the end of what was taken last.</summary>
    public SourceSpan From(int start) => new(start, Math.Max(0, LastEnd - start));

    /// <summary>Parses what can contain itself.</summary>
    public T Nested<T>(Func<T> parse)
    {
        if (++_nesting > MaxNesting)
        {
            throw new ProbeException($"Nested too deep: {MaxNesting} levels at most.", Peek().Span);
        }

        T result = parse();
        _nesting--;
        return result;
    }

    /// <summary>Takes items up to a closing bracket, which is taken as well.</summary>
    public IReadOnlyList<T> TakeList<T>(string close, Func<T> item)
    {
        List<T> items = [];
        if (!TryTake(close))
        {
            do
            {
                items.Add(item());
            }
            while (TryTake(","));

            if (!TryTake(close))
            {
                throw Unexpected($"',' or '{close}'");
            }
        }

        return items;
    }
}
