using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sonde.Telemetry.Console;

/// <summary>
/// Text as a terminal shows it: how many columns it takes, and cut to a number of them. What comes from a request may hold
/// anything, so control and direction characters never reach the terminal.
/// </summary>
public static class DisplayText
{
    private static readonly Rune Replacement = new('\ufffd');

    /// <summary>The first and last code points that take two columns (East Asian Width W and F, and emoji), Unicode 16.</summary>
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115f), (0x231a, 0x231b), (0x2329, 0x232a), (0x23e9, 0x23ec), (0x23f0, 0x23f0), (0x23f3, 0x23f3),
        (0x25fd, 0x25fe), (0x2614, 0x2615), (0x2630, 0x2637), (0x2648, 0x2653), (0x267f, 0x267f), (0x268a, 0x268f),
        (0x2693, 0x2693), (0x26a1, 0x26a1), (0x26aa, 0x26ab), (0x26bd, 0x26be), (0x26c4, 0x26c5), (0x26ce, 0x26ce),
        (0x26d4, 0x26d4), (0x26ea, 0x26ea), (0x26f2, 0x26f3), (0x26f5, 0x26f5), (0x26fa, 0x26fa), (0x26fd, 0x26fd),
        (0x2705, 0x2705), (0x270a, 0x270b), (0x2728, 0x2728), (0x274c, 0x274c), (0x274e, 0x274e), (0x2753, 0x2755),
        (0x2757, 0x2757), (0x2795, 0x2797), (0x27b0, 0x27b0), (0x27bf, 0x27bf), (0x2b1b, 0x2b1c), (0x2b50, 0x2b50),
        (0x2b55, 0x2b55), (0x2e80, 0x303e), (0x3041, 0x33bf), (0x33c0, 0x4dff), (0x4e00, 0xa4c6), (0xa960, 0xa97c),
        (0xac00, 0xd7a3), (0xf900, 0xfaff), (0xfe10, 0xfe19), (0xfe30, 0xfe6b), (0xff01, 0xff60), (0xffe0, 0xffe6),
        (0x16fe0, 0x18cff), (0x1aff0, 0x1b2fb), (0x1d300, 0x1d376), (0x1f004, 0x1f004), (0x1f0cf, 0x1f0cf),
        (0x1f18e, 0x1f18e), (0x1f191, 0x1f19a), (0x1f200, 0x1f320), (0x1f32d, 0x1f335), (0x1f337, 0x1f37c),
        (0x1f37e, 0x1f393), (0x1f3a0, 0x1f3ca), (0x1f3cf, 0x1f3d3), (0x1f3e0, 0x1f3f0), (0x1f3f4, 0x1f3f4),
        (0x1f3f8, 0x1f43e), (0x1f440, 0x1f440), (0x1f442, 0x1f4fc), (0x1f4ff, 0x1f53d), (0x1f54b, 0x1f54e),
        (0x1f550, 0x1f567), (0x1f57a, 0x1f57a), (0x1f595, 0x1f596), (0x1f5a4, 0x1f5a4), (0x1f5fb, 0x1f64f),
        (0x1f680, 0x1f6c5), (0x1f6cc, 0x1f6cc), (0x1f6d0, 0x1f6d2), (0x1f6d5, 0x1f6d7), (0x1f6dc, 0x1f6df),
        (0x1f6eb, 0x1f6ec), (0x1f6f4, 0x1f6fc), (0x1f7e0, 0x1f7eb), (0x1f7f0, 0x1f7f0), (0x1f90c, 0x1f93a),
        (0x1f93c, 0x1f945), (0x1f947, 0x1f9ff), (0x1fa70, 0x1faf8), (0x20000, 0x3fffd),
    ];

    /// <summary>The columns that the text takes.</summary>
    /// <param name="text">UTF-8.</param>
    public static int Width(ReadOnlySpan<byte> text)
    {
        int width = 0;
        while (!text.IsEmpty)
        {
            width += Width(Next(ref text));
        }

        return width;
    }

    /// <summary>Writes the text, its end replaced by an ellipsis when it takes more columns than there are.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="columns">How many columns there are.</param>
    /// <param name="output">Gets the text.</param>
    /// <returns>The columns that were used, at most <paramref name="columns"/>.</returns>
    public static int Write(ReadOnlySpan<byte> text, int columns, IBufferWriter<byte> output)
    {
        if (columns <= 0)
        {
            return 0;
        }

        bool whole = Width(text) <= columns;
        int room = whole ? columns : columns - 1;
        int used = 0;
        while (!text.IsEmpty)
        {
            Rune rune = Next(ref text);
            int width = Width(rune);
            if (used + width > room)
            {
                break;
            }

            used += width;
            if (width > 0 || IsCombining(rune))
            {
                output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));
            }
        }

        if (!whole)
        {
            output.Write("…"u8);
            used++;
        }

        return used;
    }

    private static Rune Next(ref ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out Rune rune, out int length);
        text = text[length..];
        return Rune.IsControl(rune) ? Replacement : rune;
    }

    private static int Width(Rune rune)
    {
        if (rune.Value < 0x300)
        {
            return rune.Value == 0xad ? 0 : 1;
        }

        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            ? 0
            : IsWide(rune.Value) ? 2 : 1;
    }

    /// <summary>Marks join the character before them. Format characters are left out: some of them turn the line around.</summary>
    private static bool IsCombining(Rune rune) => Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format;

    private static bool IsWide(int value)
    {
        int low = 0;
        int high = Wide.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (value < Wide[middle].First)
            {
                high = middle - 1;
            }
            else if (value > Wide[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }
}
