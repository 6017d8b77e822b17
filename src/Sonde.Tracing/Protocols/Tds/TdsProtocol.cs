using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>Microsoft SQL Server's Tabular Data Stream, versions 7.2 to 7.4 ([MS-TDS]).</summary>
/// <remarks>TDS 8 begins with TLS and is not seen here; nor is what is encrypted after the login.</remarks>
public sealed class TdsProtocol(SqlSettings settings) : IProtocol
{
    private readonly SqlStatementCache _statements = new(SqlDialect.SqlServer, settings);

    /// <inheritdoc/>
    public string Name => "mssql";

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["mssql", "sql"];

    /// <summary>
    /// Headers of a client's first packet: the type, the status, the length, no process, number 1, no window. What is asked before the
    /// login has one packet, which a client may number 0.
    /// </summary>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        new(new byte[] { (byte)PacketType.Prelogin, 1, 0, 0, 0, 0, 0, 0 }, Side.Request) { Mask = new byte[] { 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xfe, 0xff } },
        new(new byte[] { (byte)PacketType.Batch, 0, 0, 0, 0, 0, 1, 0 }, Side.Request) { Mask = new byte[] { 0xff, 0xfe, 0xc0, 0, 0xff, 0xff, 0xff, 0xff } },
        new(new byte[] { (byte)PacketType.Call, 0, 0, 0, 0, 0, 1, 0 }, Side.Request) { Mask = new byte[] { 0xff, 0xfe, 0xc0, 0, 0xff, 0xff, 0xff, 0xff } },
    ];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        if (request.Length < MessageReader.HeaderLength || request[6] > 1 || request[7] != 0 || request[1] > 1)
        {
            return false;
        }

        int length = (request[2] << 8) | request[3];
        bool fits = length == request.Length || (request[1] == 0 && length < request.Length) || length > request.Length;
        return fits && length is > MessageReader.HeaderLength and <= 32768 && (PacketType)request[0] switch
        {
            PacketType.Prelogin => request.Length > 8 && request[8] == 0,
            // Headers of 22 bytes, of which the first has 18.
            PacketType.Batch or PacketType.Call => request.Length > 16 && request[8..].StartsWith<byte>([22, 0, 0, 0, 18, 0, 0, 0]),
            _ => false,
        };
    }

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new TdsParser(_statements);
}

/// <summary>What a message is ([MS-TDS] 2.2.3.1.1).</summary>
internal enum PacketType : byte
{
    Batch = 0x01,
    Call = 0x03,
    Result = 0x04,
    Attention = 0x06,
    BulkLoad = 0x07,
    Transaction = 0x0e,
    Login = 0x10,
    Prelogin = 0x12,

    /// <summary>Multiple sessions in one connection ([MC-SMP]).</summary>
    Multiplexed = 0x53,
}
