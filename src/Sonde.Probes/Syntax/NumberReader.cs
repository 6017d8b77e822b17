using Sonde.Probes.Model;

namespace Sonde.Probes.Syntax;

/// <summary>Numbers as programs spell them: <c>42</c>, <c>0x2a</c>, <c>052</c>, <c>0b101010</c>, <c>1_000</c>, <c>1e6</c>, and C's suffixes.</summary>
internal static class NumberReader
{
    /// <summary>Reads the number that begins at a digit.</summary>
    /// <returns>The number, and where it ends.</returns>
    public static (Token Token, int End) Read(string text, int start, int end)
    {
        int position = start;
        while (position < end && Lexer.IsWordPart(text[position]))
        {
            position++;
        }

        string spelt = text[start..position];
        SourceSpan span = new(start, position - start);
        return (new Token(TokenKind.Number, spelt, span) { Value = Parse(spelt, span) }, position);
    }

    /// <summary>Reads a text that is a number as a whole; null when it is none.</summary>
    public static Token? TryParse(string text)
    {
        try
        {
            return text.Length > 0 && char.IsAsciiDigit(text[0]) && Read(text, 0, text.Length) is var (token, end) && end == text.Length ? token : null;
        }
        catch (ProbeException)
        {
            return null;
        }
    }

    private static ulong Parse(string spelt, SourceSpan span)
    {
        string lower = spelt.ToLowerInvariant();
        (int radix, int prefix) = lower switch
        {
            ['0', 'x', ..] => (16, 2),
            ['0', 'b', ..] => (2, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };

        // A suffix is not part of a hexadecimal number's digits: those have neither u nor l.
        string digits = lower[prefix..].TrimEnd('u', 'l').Replace("_", "", StringComparison.Ordinal);
        string suffix = lower[lower.TrimEnd('u', 'l').Length..];
        int exponentAt = radix == 10 ? digits.IndexOf('e', StringComparison.Ordinal) : -1;
        string mantissa = exponentAt < 0 ? digits : digits[..exponentAt];
        if (suffix is not ("" or "u" or "l" or "ul" or "ll" or "ull" or "lu" or "llu") || (mantissa.Length == 0 && lower.TrimEnd('u', 'l') != "0"))
        {
            throw Malformed(spelt, span);
        }

        UInt128 value = 0;
        foreach (char digit in mantissa)
        {
            int number = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            value = number < radix ? Bounded(value * (UInt128)radix + (UInt128)number, spelt, span) : throw Malformed(spelt, span);
        }

        if (exponentAt >= 0)
        {
            if (!int.TryParse(digits[(exponentAt + 1)..], out int exponent))
            {
                throw Malformed(spelt, span);
            }

            for (; exponent > 0 && value != 0; exponent--)
            {
                value = Bounded(value * 10, spelt, span);
            }
        }

        return (ulong)value;
    }

    private static UInt128 Bounded(UInt128 value, string spelt, SourceSpan span) => value <= ulong.MaxValue
        ? value
        : throw new ProbeException($"{spelt} does not fit 64 bits.", span);

    private static ProbeException Malformed(string spelt, SourceSpan span) => new($"'{spelt}' is not a number.", span);
}
