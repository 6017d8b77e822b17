namespace Sonde.Tracing.Protocols.MySql;

/// <summary>What both sides can do; those that change how they talk.</summary>
[Flags]
internal enum Capabilities : uint
{
    ConnectWithDatabase = 1 << 3,
    Compress = 1 << 5,
    Protocol41 = 1 << 9,
    Tls = 1 << 11,
    SecureConnection = 1 << 15,
    PackedAuthentication = 1 << 21,
    CompressZstandard = 1 << 26,
    QueryAttributes = 1 << 27,
}

/// <summary>The server's first packet: protocol version 10.</summary>
internal readonly record struct Greeting(Capabilities Capabilities, bool IsMariaDb)
{
    /// <summary>Reads the packet with its header, as far as it was captured.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out Greeting greeting)
    {
        greeting = default;
        return packet.Length > PacketReader.HeaderLength && packet[3] == 0 && TryParsePayload(packet[PacketReader.HeaderLength..], out greeting);
    }

    public static bool TryParsePayload(ReadOnlySpan<byte> payload, out Greeting greeting)
    {
        var reader = new PayloadReader(payload);
        byte version = reader.Byte();
        ReadOnlySpan<byte> server = reader.Text();
        // The connection's number, eight bytes of salt, a filler; then the lower capabilities, the character set, the status, the upper ones.
        reader.Take(13);
        uint low = reader.UInt16();
        reader.Take(3);
        greeting = new Greeting((Capabilities)(low | ((uint)reader.UInt16() << 16)), server.IndexOf("MariaDB"u8) >= 0);
        return version == 10 && server.Length is > 2 and < 128 && server[0] is >= (byte)'0' and <= (byte)'9' && !reader.IsShort;
    }
}

/// <summary>The client's answer to the greeting. The user's name and proof are passed over.</summary>
internal readonly ref struct Login
{
    public Capabilities Capabilities { get; private init; }

    /// <summary>Empty when none is named.</summary>
    public ReadOnlySpan<byte> Database { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, out Login login)
    {
        var reader = new PayloadReader(payload);
        var capabilities = (Capabilities)reader.UInt32();
        // The longest packet, the character set, and 23 reserved bytes.
        reader.Take(28);
        bool isWhole = !reader.IsShort && capabilities.HasFlag(Capabilities.Protocol41);
        login = new Login { Capabilities = capabilities };
        if (!isWhole || capabilities.HasFlag(Capabilities.Tls) || !capabilities.HasFlag(Capabilities.ConnectWithDatabase))
        {
            return isWhole;
        }

        reader.Text();
        if (capabilities.HasFlag(Capabilities.PackedAuthentication))
        {
            reader.Take(reader.Packed());
        }
        else if (capabilities.HasFlag(Capabilities.SecureConnection))
        {
            reader.Take(reader.Byte());
        }
        else
        {
            reader.Text();
        }

        ReadOnlySpan<byte> database = reader.Text();
        login = new Login { Capabilities = capabilities, Database = reader.IsShort ? default : database };
        return true;
    }
}
