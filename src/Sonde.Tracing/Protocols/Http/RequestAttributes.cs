using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Grpc;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Sets what a request's head says on its span (HTTP semantic conventions 1.41).</summary>
internal sealed class RequestAttributes(HttpSettings settings, RouteTemplates routes)
{
    private static readonly byte[] s_unknown = [.. RequestFields.Unknown];

    private readonly KnownMethods _methods = new(settings.KnownMethods);
    private readonly UrlWriter _url = new(settings.RedactQueryValues);

    /// <summary>Whether the bytes begin with a known method and a space.</summary>
    public bool BeginsLikeRequest(ReadOnlySpan<byte> bytes)
    {
        int space = bytes.IndexOf((byte)' ');
        return space > 0 && _methods.Find(bytes[..space]) is not null;
    }

    /// <summary>What a request of HTTP/1.x is told as: gRPC-Web is HTTP where gRPC is not asked for.</summary>
    public CallKind KindOf(in RequestFields fields) =>
        (settings.Calls & CallKinds.Grpc) != 0 && GrpcContent.IsGrpc(fields.ContentType) ? CallKind.Grpc : CallKind.Http;

    /// <summary>Sets name, instrument and attributes; without those for the span alone when it is not sampled.</summary>
    /// <param name="span">The request's span.</param>
    /// <param name="fields">What its head says.</param>
    /// <param name="conversation">The connection.</param>
    /// <param name="service">The templates of the service that answers; null for a client.</param>
    /// <param name="request">Says what kind of call it is; takes what has to be known when the response comes.</param>
    public void Set(
        SpanData span, in RequestFields fields, IConversation conversation, ServiceRoutes? service, ref PendingRequest request)
    {
        bool isServer = conversation.Role == SpanKind.Server;
        request.Span = span;
        if (request.Kind == CallKind.Grpc)
        {
            GrpcAttributes.SetRequest(span, fields, conversation);
            return;
        }

        bool isConnect = fields.Method.SequenceEqual("CONNECT"u8);
        RequestTarget target = RequestTarget.Parse(fields.Target, isConnect);
        ReadOnlySpan<byte> scheme = RequestEnds.Scheme(fields, target, conversation, isServer);
        Authority server = RequestEnds.Server(fields, target, isServer);

        span.Instrument = isServer ? HttpProtocol.ServerInstrument : HttpProtocol.ClientInstrument;
        byte[] name = SetMethod(span, fields.Method);
        span.Set(SemanticAttributes.UrlScheme, scheme, AttributeUse.Metric);
        if (fields.Version.Length > 0)
        {
            span.Set(SemanticAttributes.NetworkProtocolVersion, fields.Version, AttributeUse.Metric);
        }

        RequestEnds.SetServer(span, server, scheme, conversation, isServer);
        if (span.IsSampled)
        {
            RequestEnds.SetClient(span, fields, conversation, isServer);
            RequestEnds.SetPeer(span, conversation, isServer);
            _url.SetParts(span, target);
            if (fields.UserAgent.Length > 0)
            {
                span.Set(SemanticAttributes.UserAgentOriginal, fields.UserAgent);
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
        if (isServer && target.IsUnknown)
        {
            span.SetName(name, RequestFields.Unknown);
        }

        if (!isServer && target.HasPath && routes.FindPattern(target.Path) is { } template)
        {
            span.SetName(name, template.Template);
            if (span.IsSampled)
            {
                span.Set(SemanticAttributes.UrlTemplate, template.Template);
            }
        }

        request.Route = target.HasPath ? service?.Find(target.Path) : null;
        request.Method = name;
        request.IsHead = fields.Method.SequenceEqual("HEAD"u8);
        request.IsConnect = isConnect;
        request.DeclaresBody = fields.DeclaresBody;
    }

    private byte[] SetMethod(SpanData span, ReadOnlySpan<byte> method)
    {
        if (method.SequenceEqual(RequestFields.Unknown))
        {
            span.Set(SemanticAttributes.HttpRequestMethod, method, AttributeUse.Metric);
            return s_unknown;
        }

        byte[]? name = _methods.Find(method);
        span.Set(SemanticAttributes.HttpRequestMethod, name ?? KnownMethods.Other, AttributeUse.Metric);
        if (name is null && span.IsSampled)
        {
            span.Set(SemanticAttributes.HttpRequestMethodOriginal, method);
        }

        return name ?? KnownMethods.OtherName;
    }
}
