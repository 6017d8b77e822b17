using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Tls;

/// <summary>What a connection's handshake has told.</summary>
internal sealed class TlsHandshake
{
    public static readonly AttributeKey ServerNameKey = new("tls.client.server_name");
    public static readonly AttributeKey DurationKey = new("sonde.kernel.tls_handshake.duration");

    private static readonly AttributeKey _protocol = new("tls.protocol.name");
    private static readonly AttributeKey _version = new("tls.protocol.version");
    private static readonly AttributeKey _cipher = new("tls.cipher");

    /// <summary>Of a connection that is older than Sonde.</summary>
    public static TlsHandshake Unknown { get; } = new();

    /// <summary><c>1.2</c>, <c>1.3</c>; empty when not known.</summary>
    public byte[] Version { get; set; } = [];

    /// <summary>The cipher suite as IANA names it; empty when not known.</summary>
    public byte[] Cipher { get; set; } = [];

    /// <summary>The server's name as the client asked for it; empty when it named none, or encrypted it.</summary>
    public byte[] ServerName { get; set; } = [];

    /// <summary>From the client's hello to the message by which it ends the handshake, as this end saw them; 0 when not known. Nanoseconds.</summary>
    public ulong Duration { get; set; }

    /// <summary>Sets the attributes of a span of the connection, one of a client's call that waited for the handshake among them.</summary>
    public void Describe(SpanData span, bool isFirst)
    {
        if (!span.IsSampled)
        {
            return;
        }

        span.Set(_protocol, "tls"u8);
        Set(span, _version, Version);
        Set(span, _cipher, Cipher);
        Set(span, ServerNameKey, ServerName);
        if (isFirst && span.Kind == SpanKind.Client && Duration != 0)
        {
            span.Set(DurationKey, Duration / 1e9);
        }
    }

    private static void Set(SpanData span, AttributeKey key, byte[] value)
    {
        if (value.Length > 0)
        {
            span.Set(key, value);
        }
    }
}
