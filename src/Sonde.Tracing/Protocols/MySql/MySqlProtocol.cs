using System.Buffers;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.MySql;

/// <summary>The client/server protocol of MySQL and MariaDB (MySQL's source documentation, MariaDB's knowledge base).</summary>
public sealed class MySqlProtocol(SqlSettings settings) : IProtocol
{
    private static readonly SearchValues<byte> s_statementStart = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz(/-#; \t\r\n"u8);

    private readonly SqlStatementCache _statements = new(SqlDialect.MySql, settings);

    /// <inheritdoc/>
    public string Name => "mysql";

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["mysql", "sql"];

    /// <summary>
    /// The server's greeting: a packet of less than 64 KiB, number 0, version 10, and a digit of the server's version; and, where the
    /// greeting was missed, a statement to run or to prepare: number 0, the command, three letters.
    /// </summary>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        new(new byte[] { 0, 0, 0, 0, 10, 0x30 }, Side.Response) { Mask = new byte[] { 0, 0, 0xff, 0xff, 0xff, 0xf0 } },
        new(new byte[] { 0, 0, 0, 0, (byte)Command.Query, 0x40, 0x40, 0x40 }, Side.Request) { Mask = new byte[] { 0, 0, 0xff, 0xff, 0xff, 0xc0, 0xc0, 0xc0 } },
        new(new byte[] { 0, 0, 0, 0, (byte)Command.Query, 0, 1, 0x40 }, Side.Request) { Mask = new byte[] { 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc0 } },
        new(new byte[] { 0, 0, 0, 0, (byte)Command.Prepare, 0x40, 0x40, 0x40 }, Side.Request) { Mask = new byte[] { 0, 0, 0xff, 0xff, 0xff, 0xc0, 0xc0, 0xc0 } },
    ];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        if (request.Length < PacketReader.HeaderLength + 2 || request[3] != 0)
        {
            return request.IsEmpty && Greeting.TryParse(response, out _);
        }

        int length = request[0] | (request[1] << 8) | (request[2] << 16);
        bool isWhole = length + PacketReader.HeaderLength == request.Length;
        return (Command)request[4] switch
        {
            Command.Query or Command.Prepare =>
                (isWhole || length > request.Length) && s_statementStart.Contains(request[5]) && request[5..].IndexOfAnyInRange((byte)0, (byte)8) < 0,
            // The statement's number, flags, and one for the iterations.
            Command.Execute => isWhole && length >= 10 && request[10..14].SequenceEqual<byte>([1, 0, 0, 0]),
            _ => false,
        };
    }

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new MySqlParser(_statements);
}

/// <summary>What the first byte of a client's packet asks for.</summary>
internal enum Command : byte
{
    Quit = 0x01,
    InitDb = 0x02,
    Query = 0x03,
    ChangeUser = 0x11,
    BinlogDump = 0x12,
    Prepare = 0x16,
    Execute = 0x17,
    SendLongData = 0x18,
    CloseStatement = 0x19,
    Fetch = 0x1c,
    BinlogDumpGtid = 0x1e,

    /// <summary>No command has a higher number, but MariaDB's own.</summary>
    Last = 0x20,
    BulkExecute = 0xfa,
}
