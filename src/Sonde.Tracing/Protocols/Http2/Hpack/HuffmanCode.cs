namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>HPACK's Huffman code (RFC 7541, appendix B). It is canonical: the lengths of the codes say it all.</summary>
internal static class HuffmanCode
{
    private const int MaxLength = 30;
    private const int EndOfString = 256;

    /// <summary>Codes up to this length are looked up at once; they are those of all common characters.</summary>
    private const int ShortLength = 9;

    /// <summary>For each beginning of <see cref="ShortLength"/> bits: symbol and length of the code; 0 where it is longer.</summary>
    private static readonly ushort[] s_short = new ushort[1 << ShortLength];

    /// <summary>The symbols in the order of their codes.</summary>
    private static readonly ushort[] s_symbols = new ushort[EndOfString + 1];

    /// <summary>For each length: the code behind the last one of that length, at the top of 32 bits.</summary>
    private static readonly ulong[] s_limits = new ulong[MaxLength + 1];

    /// <summary>For each length: what to add to a code for its place among the symbols.</summary>
    private static readonly int[] s_offsets = new int[MaxLength + 1];

    static HuffmanCode()
    {
        uint code = 0;
        int place = 0;
        for (int length = 1; length <= MaxLength; length++, code <<= 1)
        {
            s_offsets[length] = place - (int)code;
            for (int symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] == length)
                {
                    s_symbols[place++] = (ushort)symbol;
                    AddShort(code++, length, symbol);
                }
            }

            s_limits[length] = (ulong)code << (32 - length);
        }
    }

    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>The most bytes that so many encoded ones can stand for.</summary>
    public static int MaxDecodedLength(int encoded) => encoded * 8 / 5;

    /// <summary>Decodes a string.</summary>
    /// <returns>The bytes written, or -1 when it is none, or does not fit.</returns>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> destination)
    {
        ulong window = 0;
        int bits = 0;
        int read = 0;
        int written = 0;
        while (true)
        {
            for (; bits <= 56 && read < encoded.Length; bits += 8)
            {
                window |= (ulong)encoded[read++] << (56 - bits);
            }

            // What is left over is the beginning of the end-of-string symbol, all ones and shorter than a byte.
            if (bits < 8 && window == ~(ulong.MaxValue >> bits))
            {
                return written;
            }

            int symbol = Find((uint)(window >> 32), out int length);
            if (length > bits || symbol == EndOfString || written == destination.Length)
            {
                return -1;
            }

            destination[written++] = (byte)symbol;
            window <<= length;
            bits -= length;
        }
    }

    private static int Find(uint window, out int length)
    {
        int found = s_short[window >> (32 - ShortLength)];
        if (found != 0)
        {
            length = found & 15;
            return found >> 4;
        }

        length = ShortLength + 1;
        while (length < MaxLength && window >= s_limits[length])
        {
            length++;
        }

        return s_symbols[(int)(window >> (32 - length)) + s_offsets[length]];
    }

    private static void AddShort(uint code, int length, int symbol)
    {
        if (length <= ShortLength)
        {
            s_short.AsSpan((int)code << (ShortLength - length), 1 << (ShortLength - length)).Fill((ushort)((symbol << 4) | length));
        }
    }
}
