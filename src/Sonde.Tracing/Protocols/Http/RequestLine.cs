using System.Buffers;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Whether a head can be used.</summary>
internal enum HeadState : byte
{
    /// <summary>Its end is still to come.</summary>
    Partial,
    Whole,
    Malformed,
}

/// <summary>The first line of a request (RFC 9112, section 3).</summary>
internal readonly ref struct RequestLine
{
    /// <summary>Longer tokens are no method of anybody's.</summary>
    private const int MaxMethodLength = 64;

    private static readonly SearchValues<byte> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public required ReadOnlySpan<byte> Method { get; init; }

    /// <summary>Perhaps only its beginning, when the line was cut.</summary>
    public required ReadOnlySpan<byte> Target { get; init; }

    /// <summary>The digit behind <c>HTTP/1.</c>, or -1 when the line was cut before it.</summary>
    public required int MinorVersion { get; init; }

    /// <summary>Bytes of the line with its end.</summary>
    public required int Length { get; init; }

    /// <summary>Reads the line that the bytes begin with. What cannot be one is told as soon as that is certain.</summary>
    public static HeadState Parse(ReadOnlySpan<byte> bytes, out RequestLine line)
    {
        line = default;
        int end = bytes.IndexOf((byte)'\n');
        ReadOnlySpan<byte> text = end < 0 ? bytes : bytes[..end];
        int methodLength = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> method = methodLength < 0 ? text : text[..methodLength];
        if (method.Length > MaxMethodLength || method.ContainsAnyExcept(s_token) || methodLength == 0)
        {
            return HeadState.Malformed;
        }

        if (end < 0)
        {
            return methodLength >= 0 && HasControl(text)
                ? HeadState.Malformed
                : HeadState.Partial;
        }

        if (text.Length > 0 && text[^1] == '\r')
        {
            text = text[..^1];
        }

        // RFC 9112 allows white space at the line's end to be ignored.
        text = text.TrimEnd(" \t"u8);
        int space = text.LastIndexOf((byte)' ');
        ReadOnlySpan<byte> version = text[(space + 1)..];
        if (space <= methodLength + 1 || version.Length != 8 || !version.StartsWith("HTTP/1."u8)
            || version[7] is < (byte)'0' or > (byte)'9')
        {
            return HeadState.Malformed;
        }

        ReadOnlySpan<byte> target = text[(methodLength + 1)..space];
        if (target.ContainsAnyInRange((byte)0, (byte)' '))
        {
            return HeadState.Malformed;
        }

        line = new RequestLine
        {
            Method = method,
            Target = target,
            MinorVersion = version[7] - '0',
            Length = end + 1,
        };
        return HeadState.Whole;
    }

    /// <summary>Reads a line whose end was not captured.</summary>
    public static bool TryParseCut(ReadOnlySpan<byte> bytes, out RequestLine line)
    {
        line = default;
        int methodLength = bytes.IndexOf((byte)' ');
        if (Parse(bytes, out _) != HeadState.Partial || methodLength < 0 || methodLength + 1 == bytes.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> target = bytes[(methodLength + 1)..];
        int space = target.IndexOf((byte)' ');
        line = new RequestLine
        {
            Method = bytes[..methodLength],
            Target = space < 0 ? target : target[..space],
            MinorVersion = -1,
            Length = bytes.Length,
        };
        return line.Target.Length > 0;
    }

    private static bool HasControl(ReadOnlySpan<byte> text) => text.ContainsAnyInRange((byte)0, (byte)8);
}
