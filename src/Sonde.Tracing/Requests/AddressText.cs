using System.Net;

namespace Sonde.Tracing.Requests;

/// <summary>Addresses as attributes want them: UTF-8 text, IPv4-mapped IPv6 addresses as IPv4.</summary>
internal static class AddressText
{
    public const byte Unix = 1;
    public const byte Inet = 2;
    public const byte Inet6 = 10;

    /// <summary>Longest text: an IPv6 address of eight full groups, with room to spare.</summary>
    public const int MaxLength = 46;

    /// <summary>Writes an address of 4 or 16 bytes in network order.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> address, byte family, Span<byte> destination)
    {
        bool isMapped = family == Inet6 && address[..10].IndexOfAnyExcept((byte)0) < 0 && address[10] == 0xff && address[11] == 0xff;
        ReadOnlySpan<byte> bytes = family == Inet ? address[..4] : isMapped ? address[12..16] : address[..16];
        if (bytes.Length == 4)
        {
            int length = 0;
            for (int i = 0; i < 4; i++)
            {
                if (i > 0)
                {
                    destination[length++] = (byte)'.';
                }

                _ = bytes[i].TryFormat(destination[length..], out int written);
                length += written;
            }

            return length;
        }

        // Once a connection, and IPv6 text has rules enough (RFC 5952) to leave it to the framework.
        _ = new IPAddress(bytes).TryFormat(destination, out int count);
        return count;
    }
}
