namespace Sonde.Telemetry.Attributes;

/// <summary>The keys that more than one part of Sonde sets or reads (OpenTelemetry semantic conventions 1.41).</summary>
public static class SemanticAttributes
{
    public static readonly AttributeKey HttpRequestMethod = new("http.request.method");
    public static readonly AttributeKey HttpRequestMethodOriginal = new("http.request.method_original");
    public static readonly AttributeKey HttpRequestBodySize = new("http.request.body.size");
    public static readonly AttributeKey HttpResponseStatusCode = new("http.response.status_code");
    public static readonly AttributeKey HttpResponseBodySize = new("http.response.body.size");
    public static readonly AttributeKey HttpRoute = new("http.route");
    public static readonly AttributeKey UrlFull = new("url.full");
    public static readonly AttributeKey UrlPath = new("url.path");
    public static readonly AttributeKey UrlQuery = new("url.query");
    public static readonly AttributeKey UrlScheme = new("url.scheme");
    public static readonly AttributeKey UrlTemplate = new("url.template");
    public static readonly AttributeKey ServerAddress = new("server.address");
    public static readonly AttributeKey ServerPort = new("server.port");
    public static readonly AttributeKey ClientAddress = new("client.address");
    public static readonly AttributeKey NetworkPeerAddress = new("network.peer.address");
    public static readonly AttributeKey NetworkPeerPort = new("network.peer.port");
    public static readonly AttributeKey NetworkProtocolVersion = new("network.protocol.version");
    public static readonly AttributeKey NetworkTransport = new("network.transport");
    public static readonly AttributeKey UserAgentOriginal = new("user_agent.original");
    public static readonly AttributeKey ErrorType = new("error.type");
}
