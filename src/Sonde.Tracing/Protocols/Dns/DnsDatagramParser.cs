namespace Sonde.Tracing.Protocols.Dns;

/// <summary>DNS over UDP: a datagram is a message (RFC 1035, section 4.2.1).</summary>
internal sealed class DnsDatagramParser : DatagramParser
{
    /// <summary>More lookups at once than a busy resolver has.</summary>
    private const int Capacity = 16_384;

    private readonly DnsLookups _lookups = new(Capacity);

    /// <inheritdoc/>
    public override bool HasWork => _lookups.Count > 0;

    /// <inheritdoc/>
    public override void Read(IConversation conversation, in Datagram datagram)
    {
        // Queries to a multicast group (mDNS, LLMNR) have any number of answers, and none to wait for.
        if (!DnsMessage.TryParse(datagram.Bytes, out DnsMessage message) || IsMulticast(conversation.ServerAddress))
        {
            return;
        }

        var now = new Moment(0, datagram.Time, datagram.ThreadId);
        if (message.IsResponse)
        {
            _lookups.Answer(conversation, datagram.Socket, message, now, now);
        }
        else
        {
            _lookups.Ask(conversation, datagram.Socket, message, now, now, "udp"u8);
        }
    }

    /// <inheritdoc/>
    public override void Refuse(IConversation conversation, ulong socket, ulong time) =>
        _lookups.Fail(conversation, socket, "connection_refused"u8, time);

    /// <inheritdoc/>
    public override void Pass(IConversation conversation, ulong time) => _lookups.Expire(conversation, time);

    /// <inheritdoc/>
    public override void End(IConversation conversation) => _lookups.AbandonAll(conversation);

    /// <summary>224.0.0.0/4 and ff00::/8, as text.</summary>
    private static bool IsMulticast(ReadOnlySpan<byte> address)
    {
        int dot = address.IndexOf((byte)'.');
        return dot == 3 ? address[0] == (byte)'2' && (address[1] == (byte)'3' || (address[1] == (byte)'2' && address[2] >= (byte)'4'))
            : address.StartsWith("ff"u8) && address.Contains((byte)':');
    }
}
