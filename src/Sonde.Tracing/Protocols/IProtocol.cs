namespace Sonde.Tracing.Protocols;

/// <summary>A protocol that Sonde reads: one implementation and one line in <see cref="ProtocolCatalog"/> each.</summary>
public interface IProtocol
{
    /// <summary>Its name, lower case.</summary>
    string Name { get; }

    /// <summary>
    /// The names by which <c>OTEL_EBPF_PROTOCOLS</c> selects it: of what it carries, where that is not the same or is of several kinds.
    /// </summary>
    IReadOnlyList<string> Names => [Name];

    /// <summary>
    /// The beginnings of a connection's first message by which the kernel knows the protocol, at most
    /// <see cref="Pattern.MaxLength"/> bytes each. Declared here, copied to the kernel when Sonde starts.
    /// </summary>
    IReadOnlyList<Pattern> Patterns { get; }

    /// <summary>
    /// Whether the first captured bytes of an exchange are of this protocol, for connections that no pattern matched.
    /// Either side may be empty.
    /// </summary>
    bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response);

    /// <summary>How the protocol's streams are cut into frames; null when bytes one way and then the other way are all there is to it.</summary>
    Framing? Framing => null;

    /// <summary>
    /// A parser for one connection, a <see cref="FrameParser"/> when there is a <see cref="Framing"/>. It is reused for other
    /// connections after <see cref="ConversationParser.Reset"/>.
    /// </summary>
    ConversationParser CreateParser();

    /// <summary>The beginnings of its datagrams, of eight bytes each; none when it has no datagrams.</summary>
    IReadOnlyList<Pattern> DatagramPatterns => [];

    /// <summary>A parser for the datagrams of all sockets; null when there are no <see cref="DatagramPatterns"/>.</summary>
    DatagramParser? CreateDatagramParser() => null;
}

/// <summary>The beginning of a message, as the kernel compares it.</summary>
/// <param name="Bytes">1 to <see cref="MaxLength"/> bytes.</param>
/// <param name="Side">Whose message begins like that.</param>
public readonly record struct Pattern(ReadOnlyMemory<byte> Bytes, Side Side)
{
    /// <summary>The kernel compares one 64-bit word.</summary>
    public const int MaxLength = 8;

    /// <summary>The bits of each byte that count; empty: all of them. As long as <see cref="Bytes"/> otherwise, whose other bits are 0.</summary>
    public ReadOnlyMemory<byte> Mask { get; init; }

    /// <summary>
    /// Whether only a connection's first message begins like that: what follows on a framed connection has been seen from its beginning,
    /// and <see cref="Framing.RequestPreface"/> is there.
    /// </summary>
    public bool IsOpening { get; init; }

    /// <summary>A request that begins with the given ASCII text.</summary>
    public static Pattern Request(string text) => new(System.Text.Encoding.ASCII.GetBytes(text), Side.Request);

    /// <summary>A response that begins with the given ASCII text.</summary>
    public static Pattern Response(string text) => new(System.Text.Encoding.ASCII.GetBytes(text), Side.Response);
}

/// <summary>One of the two directions of a conversation: who asks, and who answers.</summary>
public enum Side : byte
{
    Request = 1,
    Response = 2,
}
