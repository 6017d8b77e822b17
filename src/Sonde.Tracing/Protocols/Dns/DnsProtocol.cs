namespace Sonde.Tracing.Protocols.Dns;

/// <summary>The Domain Name System, over UDP and TCP (RFC 1035): lookups, as their resolvers and servers see them.</summary>
/// <remarks>
/// A message begins with a number of its own, two bytes of flags and the count of its questions, which is one: about thirty bits by which it
/// is told from other traffic. What is no standard query (updates, notifications) is not read.
/// </remarks>
public sealed class DnsProtocol : IProtocol
{
    /// <summary>Of a query: not a response, opcode 0, not authoritative nor truncated; RD, AD and CD as they like, RCODE 0; no answers.</summary>
    private static readonly byte[] s_query = [0, 0, 0, 0, 0, 1, 0, 0], s_queryMask = [0, 0, 0xfe, 0xcf, 0xff, 0xff, 0xff, 0xff];

    /// <summary>Of a response: opcode 0, the reserved bit clear, fewer than 256 answers.</summary>
    private static readonly byte[] s_response = [0, 0, 0x80, 0, 0, 1, 0, 0], s_responseMask = [0, 0, 0xf8, 0x40, 0xff, 0xff, 0xff, 0];

    /// <inheritdoc/>
    public string Name => "dns";

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> DatagramPatterns { get; } =
    [
        new(s_query, Side.Request) { Mask = s_queryMask },
        new(s_response, Side.Response) { Mask = s_responseMask },
    ];

    /// <summary>Over TCP the length stands before it: less than 512 bytes, as a question's is.</summary>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        new((byte[])[0, 0, .. s_query[..6]], Side.Request) { Mask = (byte[])[0xfe, 0, .. s_queryMask[..6]] },
    ];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) =>
        request.Length > 2 && request.Length == ((request[0] << 8) | request[1]) + 2
        && DnsMessage.TryParse(request[2..], out DnsMessage message) && !message.IsResponse;

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new DnsStreamParser();

    /// <inheritdoc/>
    public DatagramParser CreateDatagramParser() => new DnsDatagramParser();
}
