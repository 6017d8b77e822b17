using Sonde.Telemetry.Attributes;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>HTTP/2 (RFC 9113), and gRPC over it.</summary>
/// <remarks>
/// What crosses of a connection: its header blocks, the ends of streams, GOAWAY. Of DATA it is the header of the frame that ends a
/// stream, and never what is in one. SETTINGS do not: the size of a table is said again where it counts, in the header blocks.
/// </remarks>
public sealed class Http2Protocol : IProtocol
{
    /// <summary>
    /// How many header fields of the request and its response could not be read: they had been said before Sonde listened, or in a
    /// header block that was lost, and are only referred to.
    /// </summary>
    public static readonly AttributeKey FieldsUnknown = new("sonde.http.fields.unknown");

    /// <summary>Header blocks are captured up to this; a longer one makes unknown what is in the table.</summary>
    private const int BlockCapture = 8192;

    private const int MaxFrameLength = Http2Frame.HeaderLength + 0xff_ffff;
    private const int KeptStreams = 4096;

    private readonly HttpProtocol _http;
    private readonly Stack<Http2Stream> _streams = new();

    /// <param name="http">What makes spans of requests, whatever the version.</param>
    public Http2Protocol(HttpProtocol http) => _http = http;

    /// <inheritdoc/>
    public string Name => "http2";

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; } = ["http", "grpc"];

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        Pattern.Request("PRI * HT") with { IsOpening = true },

        // A connection that was open before Sonde shows itself by HEADERS at the beginning of a call: shorter than 16 KiB, with
        // END_HEADERS, without a flag that does not exist, on a stream below 2^24. 31 bits say so; whose they are, their fields do.
        new Pattern(new byte[] { 0, 0, 0, (byte)FrameType.Headers, (byte)FrameFlags.EndHeaders, 0, 0, 0 }, Side.Request)
        {
            Mask = new byte[] { 0xff, 0xc0, 0, 0xff, 0xd6, 0xff, 0, 0 },
        },
    ];

    /// <inheritdoc/>
    public Framing Framing { get; } = new()
    {
        HeaderLength = Http2Frame.HeaderLength,
        LengthOffset = 0,
        LengthWidth = 3,
        Uncounted = Http2Frame.HeaderLength,
        TypeOffset = 3,
        FlagsOffset = 4,
        MaxLength = MaxFrameLength,
        RequestPreface = 24,
        Crossing =
        [
            new FrameRule(Side.Request, (byte)FrameType.Headers, BlockCapture),
            new FrameRule(Side.Request, (byte)FrameType.Continuation, BlockCapture),
            new FrameRule(Side.Request, (byte)FrameType.Data, Http2Frame.HeaderLength, (byte)FrameFlags.EndStream),
            new FrameRule(Side.Request, (byte)FrameType.ResetStream, Http2Frame.HeaderLength + 4),
            new FrameRule(Side.Response, (byte)FrameType.Headers, BlockCapture),
            new FrameRule(Side.Response, (byte)FrameType.Continuation, BlockCapture),
            new FrameRule(Side.Response, (byte)FrameType.PushPromise, BlockCapture),
            new FrameRule(Side.Response, (byte)FrameType.Data, Http2Frame.HeaderLength, (byte)FrameFlags.EndStream),
            new FrameRule(Side.Response, (byte)FrameType.ResetStream, Http2Frame.HeaderLength + 4),
            new FrameRule(Side.Response, (byte)FrameType.GoAway, Http2Frame.HeaderLength + 8),
        ],
    };

    /// <summary>How many header fields could not be read.</summary>
    public long UnknownFields { get; internal set; }

    /// <summary>How many header blocks were longer than the capture.</summary>
    public long BlocksCut { get; internal set; }

    /// <summary>How many requests were left out because as many as a connection may have were open already.</summary>
    public long StreamsRefused { get; internal set; }

    internal HttpProtocol Http => _http;

    /// <summary>The fields of the block that is being read, by whichever parser.</summary>
    internal FieldSet Fields { get; } = new();

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => request.StartsWith("PRI * HTTP/2.0\r\n"u8);

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new Http2Parser(this);

    internal Http2Stream RentStream() => _streams.TryPop(out Http2Stream? stream) ? stream : new Http2Stream();

    internal void ReturnStream(Http2Stream stream)
    {
        stream.Reset();
        if (_streams.Count < KeptStreams)
        {
            _streams.Push(stream);
        }
    }
}
