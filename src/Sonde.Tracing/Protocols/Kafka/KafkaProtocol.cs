using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>Apache Kafka's protocol (kafka.apache.org/protocol): frames of a request or a response each, matched by correlation id.</summary>
/// <remarks>
/// A connection is known by its first request, ApiVersions. One that was open before Sonde is recognized by a request's header:
/// what else the kernel could compare in eight bytes is mostly zeros, as in too many other protocols.
/// </remarks>
public sealed class KafkaProtocol : IProtocol
{
    internal static readonly RequestInstrument Instrument = new(
        "messaging.client.operation.duration", "Duration of messaging operation initiated by a producer or consumer client.");

    private readonly KafkaTopics _topics = new();

    /// <inheritdoc/>
    public string Name => "kafka";

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        // Length (four bytes, small), API key 18, version 0 to 7.
        new Pattern(new byte[] { 0, 0, 0, 0, 0, (byte)KafkaApi.ApiVersions, 0, 0 }, Side.Request)
        {
            Mask = new byte[] { 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xf8 },
            IsOpening = true,
        },
    ];

    /// <inheritdoc/>
    public Framing Framing { get; } = new()
    {
        HeaderLength = 8,
        LengthOffset = 0,
        LengthWidth = 4,
        Uncounted = 4,
        MaxLength = 512 << 20,
        AlignsAtTurns = true,
        Crossing =
        [
            // Both heads, a client id, one topic's name and the head of its first batch of records; errors stand behind the topic's name.
            new FrameRule(Side.Request, 0, 768),
            new FrameRule(Side.Response, 0, 512),
        ],
    };

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) =>
        KafkaRequestHead.TryRead(request, out KafkaRequestHead head) && head.ClientId.Length > 0 && head.ClientId.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0;

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new KafkaParser(Framing, _topics);
}
