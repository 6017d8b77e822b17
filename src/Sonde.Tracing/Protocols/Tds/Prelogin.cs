using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>What a side wants to encrypt ([MS-TDS] 2.2.6.5).</summary>
internal enum Encryption : byte
{
    /// <summary>The login alone.</summary>
    Off = 0,
    On = 1,
    NotSupported = 2,
    Required = 3,

    /// <summary>Not said.</summary>
    Unknown = 0xff,
}

/// <summary>Reads the options before the login, and the login's database.</summary>
internal static class Prelogin
{
    private const byte EncryptionOption = 1, Terminator = 0xff;

    /// <summary>Where in a login the place of the database's name stands: its offset in bytes, its length in characters.</summary>
    private const int DatabasePlace = 68;

    public static Encryption EncryptionOf(ReadOnlySpan<byte> payload)
    {
        for (int at = 0; at + 5 <= payload.Length && payload[at] != Terminator; at += 5)
        {
            int offset = BinaryPrimitives.ReadUInt16BigEndian(payload[(at + 1)..]);
            if (payload[at] == EncryptionOption)
            {
                // A client with a certificate sets the highest bit.
                return offset < payload.Length ? (Encryption)(payload[offset] & 0x7f) : Encryption.Unknown;
            }
        }

        return Encryption.Unknown;
    }

    /// <summary>The database that a login names, UTF-16; the password beside it is never looked at.</summary>
    public static ReadOnlySpan<byte> DatabaseOf(ReadOnlySpan<byte> login)
    {
        if (login.Length < DatabasePlace + 4)
        {
            return default;
        }

        int offset = BinaryPrimitives.ReadUInt16LittleEndian(login[DatabasePlace..]);
        int length = 2 * BinaryPrimitives.ReadUInt16LittleEndian(login[(DatabasePlace + 2)..]);
        return offset + length <= login.Length ? login.Slice(offset, length) : default;
    }
}
