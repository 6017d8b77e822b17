using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tls;

/// <summary>
/// The part of TLS that passes in the clear: the two hellos that begin a handshake (RFC 8446, 4.1; RFC 5246, 7.4.1). The kernel passes on
/// what comes before the client ends the handshake, and seals the connection then: what follows is ciphertext.
/// </summary>
internal sealed class TlsProtocol(TlsHandshakes handshakes) : IProtocol
{
    public string Name => "tls";

    /// <summary>A record of type handshake, version 3.x, of whatever length, whose message is a client's or a server's hello.</summary>
    public IReadOnlyList<Pattern> Patterns { get; } = [Hello(HelloReader.ClientHello, Side.Request), Hello(HelloReader.ServerHello, Side.Response)];

    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

    public ConversationParser CreateParser() => new TlsHandshakeParser(handshakes);

    private static Pattern Hello(byte type, Side side) =>
        new(new byte[] { HelloReader.HandshakeRecord, 3, 0, 0, 0, type }, side) { Mask = new byte[] { 0xff, 0xff, 0, 0, 0, 0xff } };
}
