using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.PostgreSql;

/// <summary>PostgreSQL's frontend/backend protocol 3 (PostgreSQL's manual, chapter 55).</summary>
/// <remarks>
/// Rows, copied data, parameters' values and passwords do not cross: rows and data have no rule, of a Bind only the beginning is taken,
/// which has the names, and of an error only what stands before its message.
/// </remarks>
public sealed class PostgreSqlProtocol(SqlSettings settings) : IProtocol
{
    /// <summary>A type and four bytes of length, which count themselves.</summary>
    internal const int HeaderLength = 5;

    /// <summary>Of a statement.</summary>
    private const int TextCapture = 4096;

    /// <summary>Names have 63 bytes at most, two of them stand in a Bind; an error's code stands within these, and before its message.</summary>
    private const int NameCapture = 80;

    private readonly SqlStatementCache _statements = new(SqlDialect.PostgreSql, settings);

    /// <inheritdoc/>
    public string Name => "postgresql";

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["postgresql", "sql"];

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        // The start-up packet of version 3, shorter than 64 KiB, and the two questions that may come before it.
        new(new byte[] { 0, 0, 0, 0, 0, 3, 0, 0 }, Side.Request) { Mask = new byte[] { 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xf0 }, IsOpening = true },
        new(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f }, Side.Request) { IsOpening = true },
        new(new byte[] { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30 }, Side.Request) { IsOpening = true },
        // Where these were missed: a statement, one to prepare, one that was prepared before.
        new(new byte[] { (byte)'Q', 0, 0, 0, 0, 0x40, 0x40, 0x40 }, Side.Request) { Mask = new byte[] { 0xff, 0xff, 0, 0, 0, 0xc0, 0xc0, 0xc0 } },
        new(new byte[] { (byte)'P', 0, 0, 0, 0, 0, 0x40, 0x40 }, Side.Request) { Mask = new byte[] { 0xff, 0xff, 0, 0, 0, 0xff, 0xc0, 0xc0 } },
        new(new byte[] { (byte)'B', 0, 0, 0, 0, 0, 0x40 }, Side.Request) { Mask = new byte[] { 0xff, 0xff, 0xff, 0, 0, 0xff, 0xc0 } },
    ];

    /// <inheritdoc/>
    public Framing? Framing => Frames;

    internal static Framing Frames { get; } = new()
    {
        HeaderLength = HeaderLength,
        TypeOffset = 0,
        LengthOffset = 1,
        LengthWidth = 4,
        Uncounted = 1,
        MaxLength = 1 << 30,
        HasUntypedOpening = true,
        AlignsAtTurns = true,
        Crossing =
        [
            new(Side.Request, 0, 512),
            new(Side.Request, (byte)'Q', TextCapture),
            new(Side.Request, (byte)'P', TextCapture),
            new(Side.Request, (byte)'B', NameCapture),
            new(Side.Request, (byte)'E', NameCapture),
            new(Side.Request, (byte)'C', NameCapture),
            new(Side.Request, (byte)'F', HeaderLength),
            new(Side.Request, (byte)'H', HeaderLength),
            new(Side.Request, (byte)'S', HeaderLength),
            new(Side.Response, 0, 1),
            new(Side.Response, (byte)'1', HeaderLength),
            new(Side.Response, (byte)'C', NameCapture),
            new(Side.Response, (byte)'E', NameCapture),
            new(Side.Response, (byte)'H', HeaderLength),
            new(Side.Response, (byte)'I', HeaderLength),
            new(Side.Response, (byte)'S', NameCapture),
            new(Side.Response, (byte)'s', HeaderLength),
            new(Side.Response, (byte)'W', HeaderLength),
            new(Side.Response, (byte)'Z', HeaderLength + 1),
            // No server sends these: the sides are the other way round.
            new(Side.Response, (byte)'P', HeaderLength),
            new(Side.Response, (byte)'Q', HeaderLength),
        ],
    };

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        ReadOnlySpan<byte> rest = request;
        for (int frames = 0; rest.Length >= HeaderLength; frames++)
        {
            int length = Message.LengthOf(rest);
            bool isStatement = rest[0] is (byte)'Q' or (byte)'P' or (byte)'B';
            if (length < 4 || length > TextCapture * 16 || (frames == 0 ? !isStatement : !"QPBEDSCHF"u8.Contains(rest[0])) || !IsText(rest, length))
            {
                return false;
            }

            if (rest.Length <= length)
            {
                return rest.Length == length || frames > 0 || isStatement;
            }

            rest = rest[(length + 1)..];
        }

        return !request.IsEmpty && rest.IsEmpty;
    }

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new PostgreSqlParser(Frames, _statements);

    /// <summary>A statement ends with the only byte 0 in it.</summary>
    private static bool IsText(ReadOnlySpan<byte> frame, int length)
    {
        if (frame[0] != 'Q')
        {
            return true;
        }

        int end = frame[HeaderLength..].IndexOf((byte)0);
        return end < 0 ? frame.Length <= length : HeaderLength + end == length;
    }
}
