using System.Buffers;

namespace Sonde.Tracing.Routes;

/// <summary>What a segment of a path is by its looks.</summary>
internal enum SegmentKind : byte
{
    /// <summary>A word of the application.</summary>
    Word,

    /// <summary>The name of a file: the last segment, with an extension.</summary>
    File,

    /// <summary>A value: it identifies one thing among many.</summary>
    Value,

    /// <summary>The name of a file that is a value or holds one, such as a fingerprint.</summary>
    FileValue,
}

/// <summary>Tells words from values.</summary>
/// <remarks>
/// A value is a segment that is made of digits and punctuation (numbers, dates, addresses, versions, coordinates), has four
/// or more digits (order numbers, UUIDs, hashes, ULIDs), is 16 or more hexadecimal digits, is 16 or more characters of upper
/// case, lower case and digits together (tokens), holds <c>@</c>, a percent-encoding or a byte beyond ASCII (names that people gave), or
/// is longer than 64 bytes.
/// </remarks>
internal static class PathSegment
{
    private const int MaxWordLength = 64;
    private const int MinTokenLength = 16;
    private const int MinDigits = 4;
    private const int MaxExtensionLength = 5;

    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

    public static SegmentKind Classify(ReadOnlySpan<byte> segment, bool isLast)
    {
        int dot = isLast ? segment.LastIndexOf((byte)'.') : -1;
        if (dot > 0 && IsExtension(segment[(dot + 1)..]))
        {
            return IsValue(segment[..dot]) ? SegmentKind.FileValue : SegmentKind.File;
        }

        return IsValue(segment) ? SegmentKind.Value : SegmentKind.Word;
    }

    private static bool IsExtension(ReadOnlySpan<byte> extension)
    {
        bool hasLetter = false;
        foreach (byte c in extension)
        {
            bool isLetter = char.IsAsciiLetter((char)c);
            if (!isLetter && !char.IsAsciiDigit((char)c))
            {
                return false;
            }

            hasLetter |= isLetter;
        }

        return hasLetter && extension.Length <= MaxExtensionLength;
    }

    private static bool IsValue(ReadOnlySpan<byte> segment)
    {
        if (segment.Length > MaxWordLength)
        {
            return true;
        }

        int digits = 0;
        int lower = 0;
        int upper = 0;
        foreach (byte c in segment)
        {
            if (char.IsAsciiDigit((char)c))
            {
                digits++;
            }
            else if (char.IsAsciiLetterLower((char)c))
            {
                lower++;
            }
            else if (char.IsAsciiLetterUpper((char)c))
            {
                upper++;
            }
            else if (c is (byte)'@' or (byte)'%' or >= 0x80)
            {
                return true;
            }
        }

        return digits >= MinDigits
            || (digits > 0 && lower + upper == 0)
            || (segment.Length >= MinTokenLength
                && ((digits > 0 && lower > 0 && upper > 0) || !segment.ContainsAnyExcept(s_hex)));
    }
}
