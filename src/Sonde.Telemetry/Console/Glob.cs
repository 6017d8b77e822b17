using System.Text;

namespace Sonde.Telemetry.Console;

/// <summary>A shell pattern: <c>*</c> stands for any characters, <c>?</c> for one; case counts.</summary>
public sealed class Glob(string pattern)
{
    private readonly byte[] _pattern = Encoding.UTF8.GetBytes(pattern);

    /// <summary>Whether the whole text fits the pattern.</summary>
    /// <param name="text">UTF-8.</param>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        int p = 0;
        int t = 0;
        int star = -1;
        int retry = 0;
        while (t < text.Length)
        {
            if (p < _pattern.Length && _pattern[p] == '*')
            {
                star = p++;
                retry = t;
            }
            else if (p < _pattern.Length && _pattern[p] == '?')
            {
                p++;
                t += CharacterLength(text[t..]);
            }
            else if (p < _pattern.Length && _pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++retry;
            }
            else
            {
                return false;
            }
        }

        while (p < _pattern.Length && _pattern[p] == '*')
        {
            p++;
        }

        return p == _pattern.Length;
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_pattern);

    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out _, out int length);
        return length;
    }
}
