using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Text of HTTP's grammar.</summary>
internal static class Ascii
{
    /// <summary>Without optional white space (RFC 9110, section 5.6.3) around it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value)
    {
        while (value.Length > 0 && value[0] is (byte)' ' or (byte)'\t')
        {
            value = value[1..];
        }

        while (value.Length > 0 && value[^1] is (byte)' ' or (byte)'\t')
        {
            value = value[..^1];
        }

        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        System.Text.Ascii.EqualsIgnoreCase(left, right);

    /// <summary>Reads a number that is digits and nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        return digits.Length > 0 && digits[0] is >= (byte)'0' and <= (byte)'9'
            && Utf8Parser.TryParse(digits, out value, out int used) && used == digits.Length;
    }

    /// <summary>The value of one hexadecimal digit, or -1.</summary>
    public static int Hex(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
