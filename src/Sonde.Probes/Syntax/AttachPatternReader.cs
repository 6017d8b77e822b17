using System.Text;
using Sonde.Probes.Attach;

namespace Sonde.Probes.Syntax;

/// <summary>
/// Attach points: <c>tracepoint:sched:sched_*</c>, <c>uprobe:/bin/bash:readline</c>, <c>usdt:/path:"a name"</c>. Between the colons
/// stands nearly anything, so they are not made of tokens. Only a file's path, the first part of the providers that have one,
/// holds a <c>/</c>: elsewhere it begins a predicate.
/// </summary>
internal static class AttachPatternReader
{
    /// <summary>Reads the attach point that begins at a position.</summary>
    /// <returns>It, and where it ends.</returns>
    public static (AttachPattern Pattern, int End) Read(string text, int start)
    {
        int position = start;
        while (position < text.Length && (Lexer.IsWordPart(text[position]) || text[position] == '*'))
        {
            position++;
        }

        string provider = text[start..position];
        if (provider.Length == 0)
        {
            string found = start < text.Length ? $"'{text[start]}'" : "the end of the program";
            throw new ProbeException($"Expected an attach point, like tracepoint:sched:sched_switch, not {found}.", new(start, Math.Min(1, text.Length - start)));
        }

        bool hasPath = provider is "uprobe" or "uretprobe" or "usdt" or "u" or "ur" or "U";
        List<string> parts = [];
        while (position < text.Length && text[position] == ':')
        {
            position++;
            parts.Add(ReadPart(text, ref position, hasPath && parts.Count == 0));
        }

        return (new(provider, parts, new(start, position - start)), position);
    }

    private static string ReadPart(string text, ref int position, bool isPath)
    {
        StringBuilder part = new();
        while (position < text.Length && !char.IsWhiteSpace(text[position]) && text[position] is not (':' or ',' or '{' or '}' or ';'))
        {
            if (text[position] == '/' && !isPath)
            {
                break;
            }

            if (text[position] == '"')
            {
                (byte[] bytes, position) = StringReader.Read(text, position, text.Length);
                part.Append(Encoding.UTF8.GetString(bytes));
            }
            else
            {
                part.Append(text[position++]);
            }
        }

        return part.ToString();
    }
}
