using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>Tokens that stand for names which <c>#define</c> gave a meaning. They are all where the name is used, as far as positions go.</summary>
internal sealed class MacroExpansion(string text, Directives directives)
{
    /// <summary>Macros that multiply each other would fill the memory.</summary>
    private const int MaxTokens = 10_000;
    private const int MaxDepth = 64;

    private readonly Queue<Token> _waiting = [];

    public bool TryTake(out Token token) => _waiting.TryDequeue(out token);

    /// <summary>Puts what a name stands for into the queue; false when it stands for itself.</summary>
    public bool TryExpand(Token token)
    {
        if (token.Kind != TokenKind.Word || !directives.TryFind(token.Text, out _))
        {
            return false;
        }

        Expand(token, token.Span, []);
        return true;
    }

    private void Expand(Token token, SourceSpan use, HashSet<string> open)
    {
        if (token.Kind != TokenKind.Word || !directives.TryFind(token.Text, out Directives.Macro macro) || !open.Add(token.Text))
        {
            _waiting.Enqueue(token with { Span = use });
            return;
        }

        if (macro.HasParameters)
        {
            throw new ProbeException($"'{token.Text}' is a macro with parameters: only those without are supported.", use);
        }

        Lexer body = new(text, macro.Start, macro.End, directives);
        for (Token part = body.Next(); part.Kind != TokenKind.EndOfText; part = body.Next())
        {
            Expand(part, use, open);
            if (_waiting.Count > MaxTokens || open.Count > MaxDepth)
            {
                throw new ProbeException($"Macros here stand for more than {MaxTokens} words, or for each other more than {MaxDepth} deep.", use);
            }
        }

        open.Remove(token.Text);
    }
}
