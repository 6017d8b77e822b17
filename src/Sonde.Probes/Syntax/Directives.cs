using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>
/// The lines of a program that begin with <c>#</c>. <c>#include</c> is accepted and means nothing, since the kernel's types come from
/// BTF; <c>#define</c> names a piece of text; the conditionals choose among lines.
/// </summary>
internal sealed class Directives(string text)
{
    private readonly Dictionary<string, Macro> _macros = new() { ["BPFTRACE_HAVE_BTF"] = new(0, 0, HasParameters: false) };
    private readonly Stack<Condition> _conditions = [];

    /// <param name="Start">Where its body begins.</param>
    /// <param name="End">Where its line ends.</param>
    /// <param name="HasParameters">It looks like a call, and is not supported where it is used.</param>
    internal readonly record struct Macro(int Start, int End, bool HasParameters);

    /// <param name="Span">The line that opened it.</param>
    /// <param name="WasTaken">A branch of it was chosen.</param>
    /// <param name="IsTaken">The branch that it is in was.</param>
    private readonly record struct Condition(SourceSpan Span, bool WasTaken, bool IsTaken);

    /// <summary>False inside a branch that is not chosen: its lines are skipped.</summary>
    public bool IsActive => _conditions.All(condition => condition.IsTaken);

    public bool TryFind(string name, out Macro macro) => _macros.TryGetValue(name, out macro);

    /// <summary>Takes the line whose <c>#</c> stands at the position; answers where the line ends.</summary>
    public int Take(int position)
    {
        int end = EndOfLine(position);
        SourceSpan span = new(position, end - position);
        int start = SkipBlanks(position + 1, end);
        string name = WordAt(start, end);
        int rest = SkipBlanks(start + name.Length, end);
        switch (name)
        {
            case "ifdef" or "ifndef":
                bool isDefined = _macros.ContainsKey(WordAt(rest, end));
                Open(span, isDefined == (name == "ifdef"));
                break;
            case "if":
                Open(span, IsActive && IsTrue(rest, end, span));
                break;
            case "elif":
                Branch(span, condition => !condition.WasTaken && IsTrue(rest, end, span));
                break;
            case "else":
                Branch(span, condition => !condition.WasTaken);
                break;
            case "endif":
                _ = _conditions.TryPop(out _) ? true : throw new ProbeException("#endif without #if.", span);
                break;
            default:
                if (IsActive)
                {
                    TakeActive(name, rest, end, span);
                }

                break;
        }

        return end;
    }

    /// <summary>At the end of the program no conditional may be open.</summary>
    public void Close()
    {
        if (_conditions.TryPeek(out Condition open))
        {
            throw new ProbeException("This conditional is never closed: add #endif.", open.Span);
        }
    }

    /// <summary>Where a line ends, lines that continue behind a <c>\</c> included.</summary>
    public int EndOfLine(int position)
    {
        int end = text.IndexOf('\n', position);
        while (end > 0 && text[end - 1] == '\\')
        {
            end = text.IndexOf('\n', end + 1);
        }

        return end < 0 ? text.Length : end;
    }

    private void TakeActive(string name, int rest, int end, SourceSpan span)
    {
        switch (name)
        {
            case "define":
                string macro = WordAt(rest, end);
                if (macro.Length == 0)
                {
                    throw new ProbeException("#define needs a name.", span);
                }

                int body = rest + macro.Length;
                _macros[macro] = new(body, end, HasParameters: body < end && text[body] == '(');
                break;
            case "undef":
                _macros.Remove(WordAt(rest, end));
                break;
            case "error":
                throw new ProbeException($"The program says: {text[rest..end].Trim()}", span);
            case "" when rest < end && text[rest] != '!':
                throw new ProbeException("A line that begins with # is a directive, like #define; comments begin with //.", span);
            case "include" or "pragma" or "line" or "warning" or "":
                break;
            default:
                throw new ProbeException($"Unknown directive '#{name}'.", span);
        }
    }

    private void Open(SourceSpan span, bool isTrue) => _conditions.Push(new(span, isTrue, isTrue));

    private void Branch(SourceSpan span, Func<Condition, bool> isTaken)
    {
        if (!_conditions.TryPop(out Condition condition))
        {
            throw new ProbeException("#else and #elif need an #if before them.", span);
        }

        bool taken = isTaken(condition);
        _conditions.Push(condition with { WasTaken = condition.WasTaken || taken, IsTaken = taken });
    }

    /// <summary>A number, <c>defined NAME</c>, <c>defined(NAME)</c>, or one of these behind <c>!</c>.</summary>
    private bool IsTrue(int position, int end, SourceSpan span)
    {
        string condition = text[position..end].Trim();
        bool isNegated = condition.StartsWith('!');
        condition = condition.TrimStart('!').Trim();
        if (long.TryParse(condition, out long number))
        {
            return number != 0 != isNegated;
        }

        const string Defined = "defined";
        if (condition.StartsWith(Defined, StringComparison.Ordinal))
        {
            return _macros.ContainsKey(condition[Defined.Length..].Trim(' ', '\t', '(', ')')) != isNegated;
        }

        throw new ProbeException("A condition is a number or defined(NAME), with ! in front or not.", span);
    }

    private int SkipBlanks(int position, int end)
    {
        while (position < end && text[position] is ' ' or '\t')
        {
            position++;
        }

        return position;
    }

    private string WordAt(int position, int end)
    {
        int length = 0;
        while (position + length < end && Lexer.IsWordPart(text[position + length]))
        {
            length++;
        }

        return text.Substring(position, length);
    }
}
