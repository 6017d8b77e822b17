using System.Buffers.Binary;

namespace Sonde.Tracing.Tls;

/// <summary>What a server's hello says.</summary>
/// <param name="Version">As <c>tls.protocol.version</c> has it; empty when it is none that is known.</param>
/// <param name="Cipher">The cipher suite's name; empty when it is none that is known.</param>
/// <param name="IsRetry">It asks the client for another hello (RFC 8446, 4.1.4).</param>
internal readonly record struct ServerHello(byte[] Version, byte[] Cipher, bool IsRetry);

/// <summary>
/// Finds things in the beginning of a client's or a server's hello, a handshake message in a record of its own (RFC 8446, 4.1.2 and 4.1.3).
/// What is cut off or makes no sense is not found.
/// </summary>
internal static class HelloReader
{
    public const byte HandshakeRecord = 22, ClientHello = 1, ServerHello = 2;

    private const int RecordHeader = 5, MessageHeader = 4, VersionAndRandom = 2 + 32;
    private const int ServerNameExtension = 0, SupportedVersions = 43;

    private static readonly byte[][] _versions = ["1.0"u8.ToArray(), "1.1"u8.ToArray(), "1.2"u8.ToArray(), "1.3"u8.ToArray()];

    /// <summary>SHA-256 of <c>HelloRetryRequest</c>: the random of a server's hello that is none.</summary>
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <summary>The name that a client's hello asks for (RFC 6066, 3); empty when there is none.</summary>
    public static ReadOnlySpan<byte> ServerName(ReadOnlySpan<byte> record)
    {
        if (!TryBegin(record, ClientHello, out ReadOnlySpan<byte> rest, out _)
            || !TrySkip(ref rest, 1) || !TrySkip(ref rest, 2) || !TrySkip(ref rest, 1)
            || !TryFindExtension(rest, ServerNameExtension, out ReadOnlySpan<byte> list) || list.Length < 5 || list[2] != 0)
        {
            return default;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(list[3..]);
        ReadOnlySpan<byte> name = list[5..];
        return length <= name.Length && IsName(name[..length]) ? name[..length] : default;
    }

    /// <summary>What a server's hello says of version and cipher.</summary>
    public static bool TryReadServer(ReadOnlySpan<byte> record, out ServerHello hello)
    {
        hello = default;
        if (!TryBegin(record, ServerHello, out ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> random)
            || !TrySkip(ref rest, 1) || rest.Length < 5)
        {
            return false;
        }

        int version = BinaryPrimitives.ReadUInt16BigEndian(record[(RecordHeader + MessageHeader)..]);
        int cipher = BinaryPrimitives.ReadUInt16BigEndian(rest);
        // Cipher and compression; the extensions may be left out before 1.3.
        if (TryFindExtension(rest[3..], SupportedVersions, out ReadOnlySpan<byte> chosen) && chosen.Length >= 2)
        {
            version = BinaryPrimitives.ReadUInt16BigEndian(chosen);
        }
        else if (!IsWhole(rest[3..]))
        {
            return false;
        }

        hello = new(version is >= 0x0301 and <= 0x0304 ? _versions[version - 0x0301] : [], CipherSuites.NameOf(cipher), random.SequenceEqual(RetryRandom));
        return true;
    }

    private static bool TryBegin(ReadOnlySpan<byte> record, byte type, out ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> random)
    {
        const int Beginning = RecordHeader + MessageHeader + VersionAndRandom;
        bool isHello = record.Length >= Beginning && record[0] == HandshakeRecord && record[RecordHeader] == type;
        rest = isHello ? record[Beginning..] : default;
        random = isHello ? record.Slice(Beginning - 32, 32) : default;
        return isHello;
    }

    /// <summary>Passes a vector whose length stands before it in <paramref name="width"/> bytes.</summary>
    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int width)
    {
        if (rest.Length < width)
        {
            return false;
        }

        int length = width + (width == 1 ? rest[0] : BinaryPrimitives.ReadUInt16BigEndian(rest));
        if (rest.Length < length)
        {
            return false;
        }

        rest = rest[length..];
        return true;
    }

    /// <summary>Whether all extensions are there, or there are none.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> rest) => rest.Length < 2 || rest.Length - 2 >= BinaryPrimitives.ReadUInt16BigEndian(rest);

    private static bool TryFindExtension(ReadOnlySpan<byte> rest, int type, out ReadOnlySpan<byte> content)
    {
        content = default;
        rest = rest.Length < 2 ? default : rest[2..];
        while (rest.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            if (rest.Length - 4 < length)
            {
                return false;
            }

            if (BinaryPrimitives.ReadUInt16BigEndian(rest) == type)
            {
                content = rest.Slice(4, length);
                return true;
            }

            rest = rest[(4 + length)..];
        }

        return false;
    }

    /// <summary>A host's name in ASCII, as it must be; nothing else becomes an attribute.</summary>
    private static bool IsName(ReadOnlySpan<byte> name) => name.Length is > 0 and <= 255 && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');
}
