using System.Text;

namespace Sonde.Probes.Syntax;

/// <summary>Strings in double quotes, with C's escapes.</summary>
internal static class StringReader
{
    /// <summary>Reads the string whose quote stands at the start.</summary>
    /// <returns>Its bytes in UTF-8, and where it ends.</returns>
    public static (byte[] Bytes, int End) Read(string text, int start, int end)
    {
        List<byte> bytes = [];
        int position = start + 1;
        while (position < end && text[position] != '"')
        {
            if (text[position] == '\n')
            {
                break;
            }

            if (text[position] == '\\' && position + 1 < end)
            {
                ReadEscape(text, ref position, end, bytes);
                continue;
            }

            int length = char.IsHighSurrogate(text[position]) && position + 1 < end && char.IsLowSurrogate(text[position + 1]) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text, position, length));
            position += length;
        }

        return position < end && text[position] == '"'
            ? ([.. bytes], position + 1)
            : throw new ProbeException("This string is never closed: add \".", new(start, 1));
    }

    private static void ReadEscape(string text, ref int position, int end, List<byte> bytes)
    {
        char escaped = text[position + 1];
        int start = position;
        position += 2;
        int digits = 0, value = 0;
        switch (escaped)
        {
            case 'x':
                for (; digits < 2 && position < end && char.IsAsciiHexDigit(text[position]); digits++)
                {
                    value = value * 16 + Convert.ToInt32(text[position++].ToString(), 16);
                }

                bytes.Add(digits > 0 ? (byte)value : throw new ProbeException("\\x is followed by one or two hexadecimal digits.", new(start, 2)));
                break;
            case >= '0' and <= '7':
                for (position--; digits < 3 && position < end && text[position] is >= '0' and <= '7'; digits++)
                {
                    value = value * 8 + (text[position++] - '0');
                }

                bytes.Add((byte)value);
                break;
            default:
                bytes.Add(escaped switch
                {
                    'n' => (byte)'\n',
                    't' => (byte)'\t',
                    'r' => (byte)'\r',
                    'a' => (byte)'\a',
                    'b' => (byte)'\b',
                    'f' => (byte)'\f',
                    'v' => (byte)'\v',
                    'e' => 27,
                    '\\' or '"' or '\'' => (byte)escaped,
                    _ => throw new ProbeException($"Unknown escape '\\{escaped}'.", new(start, 2)),
                });
                break;
        }
    }
}
