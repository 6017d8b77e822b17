using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Who asks and who is asked, from what a request's head and its connection say.</summary>
internal static class RequestEnds
{
    /// <summary>How the client was asked: <c>http</c> or <c>https</c>, as a proxy or the request says it.</summary>
    public static ReadOnlySpan<byte> Scheme(in RequestFields fields, in RequestTarget target, IConversation conversation, bool isServer)
    {
        ReadOnlySpan<byte> scheme = default;
        if (isServer && fields.Forwarded.Length > 0)
        {
            scheme = Known(ForwardedHeader.Parameter(fields.Forwarded, "proto"u8));
        }

        if (isServer && scheme.Length == 0 && fields.ForwardedProto.Length > 0)
        {
            scheme = Known(ForwardedHeader.First(fields.ForwardedProto));
        }

        scheme = scheme.Length > 0 ? scheme : Known(target.Scheme.Length > 0 ? target.Scheme : fields.Scheme);
        return scheme.Length > 0 ? scheme : conversation.IsEncrypted ? "https"u8 : "http"u8;

        static ReadOnlySpan<byte> Known(ReadOnlySpan<byte> value) =>
            value.Length == 5 && Ascii.EqualsIgnoreCase(value, "https"u8) ? "https"u8
            : value.Length == 4 && Ascii.EqualsIgnoreCase(value, "http"u8) ? "http"u8
            : default;
    }

    /// <summary>Whom the client asked.</summary>
    public static Authority Server(in RequestFields fields, in RequestTarget target, bool isServer)
    {
        if (isServer && fields.Forwarded.Length > 0)
        {
            Authority forwarded = Authority.Parse(ForwardedHeader.Parameter(fields.Forwarded, "host"u8));
            if (forwarded.Host.Length > 0)
            {
                return forwarded;
            }
        }

        return isServer && fields.ForwardedHost.Length > 0 ? Authority.Parse(ForwardedHeader.First(fields.ForwardedHost))
            : Authority.Parse(target.Authority.Length > 0 ? target.Authority : fields.Host);
    }

    /// <summary>Without a name in the request, a client knows the address it asked; a server's own says nothing new.</summary>
    public static void SetServer(
        SpanData span, in Authority server, ReadOnlySpan<byte> scheme, IConversation conversation, bool isServer)
    {
        if (isServer && !span.IsSampled)
        {
            return;
        }

        AttributeUse use = isServer ? AttributeUse.Span : AttributeUse.Metric;
        if (server.Host.Length > 0)
        {
            span.Set(SemanticAttributes.ServerAddress, server.Host, use);
            int port = server.Port != 0 ? server.Port : conversation.IsUnix ? 0 : scheme.Length == 5 ? 443 : 80;
            if (port != 0)
            {
                span.Set(SemanticAttributes.ServerPort, port, use);
            }
        }
        else if (conversation.ServerAddress.Length > 0)
        {
            span.Set(SemanticAttributes.ServerAddress, conversation.ServerAddress, use);
            if (conversation.ServerPort != 0)
            {
                span.Set(SemanticAttributes.ServerPort, conversation.ServerPort, use);
            }
        }
    }

    /// <summary>Sets the client's address for a server: what the proxies in front of it say, or else its peer's.</summary>
    public static void SetClient(SpanData span, in RequestFields fields, IConversation conversation, bool isServer)
    {
        if (!isServer)
        {
            return;
        }

        ReadOnlySpan<byte> client = fields.Forwarded.Length > 0
            ? ForwardedHeader.Node(ForwardedHeader.Parameter(fields.Forwarded, "for"u8))
            : default;
        client = client.Length == 0 && fields.ForwardedFor.Length > 0
            ? ForwardedHeader.Node(ForwardedHeader.First(fields.ForwardedFor))
            : client;
        client = client.Length > 0 ? client : conversation.ClientAddress;
        if (client.Length > 0)
        {
            span.Set(SemanticAttributes.ClientAddress, client);
        }
    }

    /// <summary>Sets the other end of the connection.</summary>
    public static void SetPeer(SpanData span, IConversation conversation, bool isServer)
    {
        ReadOnlySpan<byte> peer = isServer ? conversation.ClientAddress : conversation.ServerAddress;
        int port = isServer ? conversation.ClientPort : conversation.ServerPort;
        if (conversation.IsUnix)
        {
            span.Set(SemanticAttributes.NetworkTransport, "unix"u8);
        }

        if (peer.Length > 0)
        {
            span.Set(SemanticAttributes.NetworkPeerAddress, peer);
            if (port != 0)
            {
                span.Set(SemanticAttributes.NetworkPeerPort, port);
            }
        }
    }
}
