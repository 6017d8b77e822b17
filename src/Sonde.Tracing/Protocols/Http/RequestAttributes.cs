using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Sets what a request's head says on its span (HTTP semantic conventions 1.41).</summary>
internal sealed class RequestAttributes(HttpSettings settings, RouteTemplates routes)
{
    private readonly KnownMethods _methods = new(settings.KnownMethods);
    private readonly UrlWriter _url = new(settings.RedactQueryValues);

    /// <summary>Whether the bytes begin with a known method and a space.</summary>
    public bool BeginsLikeRequest(ReadOnlySpan<byte> bytes)
    {
        int space = bytes.IndexOf((byte)' ');
        return space > 0 && _methods.Find(bytes[..space]) is not null;
    }

    /// <summary>Sets name, instrument and attributes; without those for the span alone when it is not sampled.</summary>
    /// <param name="span">The request's span.</param>
    /// <param name="head">Its head.</param>
    /// <param name="conversation">The connection.</param>
    /// <param name="service">The templates of the service that answers; null for a client.</param>
    /// <param name="request">Takes what has to be known when the response comes.</param>
    public void Set(
        SpanData span, in RequestHead head, IConversation conversation, ServiceRoutes? service, ref PendingRequest request)
    {
        bool isServer = conversation.Role == SpanKind.Server;
        bool isConnect = head.Method.SequenceEqual("CONNECT"u8);
        RequestTarget target = RequestTarget.Parse(head.Target, isConnect);
        ReadOnlySpan<byte> scheme = Scheme(head, target, isServer, conversation.IsEncrypted);
        Authority server = Server(head, target, isServer);

        span.Instrument = isServer ? HttpProtocol.ServerInstrument : HttpProtocol.ClientInstrument;
        byte[] name = SetMethod(span, head.Method);
        span.Set(SemanticAttributes.UrlScheme, scheme, AttributeUse.Metric);
        if (head.MinorVersion >= 0)
        {
            span.Set(SemanticAttributes.NetworkProtocolVersion, head.MinorVersion == 0 ? "1.0"u8 : "1.1"u8, AttributeUse.Metric);
        }

        SetServer(span, server, scheme, conversation, isServer);
        if (span.IsSampled)
        {
            SetPeer(span, head, conversation, isServer);
            _url.SetParts(span, target);
            if (head.UserAgent.Length > 0)
            {
                span.Set(SemanticAttributes.UserAgentOriginal, head.UserAgent);
            }

            if (!isServer)
            {
                bool isNamed = server.Host.Length > 0;
                _url.SetFull(
                    span,
                    target,
                    scheme,
                    isNamed ? server.Host : conversation.IsUnix ? default : conversation.ServerAddress,
                    isNamed ? server.Port : conversation.ServerPort);
            }
        }

        span.SetName(name);
        if (!isServer && target.HasPath && routes.FindPattern(target.Path) is { } template)
        {
            span.SetName(name, template.Template);
            if (span.IsSampled)
            {
                span.Set(SemanticAttributes.UrlTemplate, template.Template);
            }
        }

        request.Span = span;
        request.Route = target.HasPath ? service?.Find(target.Path) : null;
        request.Method = name;
        request.IsHead = head.Method.SequenceEqual("HEAD"u8);
        request.IsConnect = isConnect;
        request.DeclaresBody = head.Framing.IsDeclared;
    }

    private byte[] SetMethod(SpanData span, ReadOnlySpan<byte> method)
    {
        byte[]? name = _methods.Find(method);
        span.Set(SemanticAttributes.HttpRequestMethod, name ?? KnownMethods.Other, AttributeUse.Metric);
        if (name is null && span.IsSampled)
        {
            span.Set(SemanticAttributes.HttpRequestMethodOriginal, method);
        }

        return name ?? KnownMethods.OtherName;
    }

    private static ReadOnlySpan<byte> Scheme(in RequestHead head, in RequestTarget target, bool isServer, bool isEncrypted)
    {
        ReadOnlySpan<byte> scheme = default;
        if (isServer && head.Forwarded.Length > 0)
        {
            scheme = Known(ForwardedHeader.Parameter(head.Forwarded, "proto"u8));
        }

        if (isServer && scheme.Length == 0 && head.ForwardedProto.Length > 0)
        {
            scheme = Known(ForwardedHeader.First(head.ForwardedProto));
        }

        scheme = scheme.Length > 0 ? scheme : Known(target.Scheme);
        return scheme.Length > 0 ? scheme : isEncrypted ? "https"u8 : "http"u8;

        static ReadOnlySpan<byte> Known(ReadOnlySpan<byte> value) =>
            value.Length == 5 && Ascii.EqualsIgnoreCase(value, "https"u8) ? "https"u8
            : value.Length == 4 && Ascii.EqualsIgnoreCase(value, "http"u8) ? "http"u8
            : default;
    }

    private static Authority Server(in RequestHead head, in RequestTarget target, bool isServer)
    {
        if (isServer && head.Forwarded.Length > 0)
        {
            Authority forwarded = Authority.Parse(ForwardedHeader.Parameter(head.Forwarded, "host"u8));
            if (forwarded.Host.Length > 0)
            {
                return forwarded;
            }
        }

        return isServer && head.ForwardedHost.Length > 0 ? Authority.Parse(ForwardedHeader.First(head.ForwardedHost))
            : Authority.Parse(target.Authority.Length > 0 ? target.Authority : head.Host);
    }

    /// <summary>Without a name in the request, a client knows the address it asked; a server's own says nothing new.</summary>
    private static void SetServer(
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

    private static void SetPeer(SpanData span, in RequestHead head, IConversation conversation, bool isServer)
    {
        ReadOnlySpan<byte> peer = isServer ? conversation.ClientAddress : conversation.ServerAddress;
        int port = isServer ? conversation.ClientPort : conversation.ServerPort;
        if (isServer)
        {
            ReadOnlySpan<byte> client = head.Forwarded.Length > 0
                ? ForwardedHeader.Node(ForwardedHeader.Parameter(head.Forwarded, "for"u8))
                : default;
            client = client.Length == 0 && head.ForwardedFor.Length > 0
                ? ForwardedHeader.Node(ForwardedHeader.First(head.ForwardedFor))
                : client;
            client = client.Length > 0 ? client : peer;
            if (client.Length > 0)
            {
                span.Set(SemanticAttributes.ClientAddress, client);
            }
        }

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
