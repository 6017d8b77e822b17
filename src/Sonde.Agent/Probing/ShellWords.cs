using System.Text;
using Sonde.Agent.Configuration;

namespace Sonde.Agent.Probing;

/// <summary>A command line cut into words as a shell does it: quotes and backslashes (POSIX.1-2024, Shell Command Language, 2.2). Nothing is expanded.</summary>
internal static class ShellWords
{
    /// <summary>The characters that a backslash escapes between double quotes; elsewhere it escapes all.</summary>
    private const string EscapedInQuotes = "$`\"\\";

    /// <exception cref="SettingsException">A quotation does not end.</exception>
    public static IReadOnlyList<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isInWord = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            bool isEscape = c == '\\' && quote != '\'' && i + 1 < line.Length && (quote == '\0' || EscapedInQuotes.Contains(line[i + 1], StringComparison.Ordinal));
            if (isEscape)
            {
                word.Append(line[++i]);
                isInWord = true;
            }
            else if (quote == '\0' && (c is '\'' or '"'))
            {
                quote = c;
                isInWord = true;
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && (c is ' ' or '\t' or '\n'))
            {
                if (isInWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    isInWord = false;
                }
            }
            else
            {
                word.Append(c);
                isInWord = true;
            }
        }

        if (quote != '\0')
        {
            throw new SettingsException($"the command has a quotation that does not end: {line}");
        }

        if (isInWord)
        {
            words.Add(word.ToString());
        }

        return words.Count > 0 ? words : throw new SettingsException("the command behind -c is empty");
    }
}
