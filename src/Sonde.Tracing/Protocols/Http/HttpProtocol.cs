using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112).</summary>
public sealed class HttpProtocol : IProtocol
{
    /// <summary>Set when a head was longer than what is captured: what stood behind the cut is unknown.</summary>
    public static readonly AttributeKey HeadCut = new("sonde.http.head.cut");

    /// <summary>The descriptions are those of the semantic conventions.</summary>
    internal static readonly RequestInstrument ServerInstrument =
        new("http.server.request.duration", "Duration of HTTP server requests.");

    internal static readonly RequestInstrument ClientInstrument =
        new("http.client.request.duration", "Duration of HTTP client requests.");

    private readonly RequestAttributes _attributes;
    private readonly RouteTemplates _routes;

    public HttpProtocol(HttpSettings settings)
    {
        Settings = settings;
        _routes = new RouteTemplates(settings.Routes);
        _attributes = new RequestAttributes(settings, _routes);
    }

    /// <inheritdoc/>
    public string Name => "http";

    internal HttpSettings Settings { get; }

    internal RequestAttributes Attributes => _attributes;

    internal RouteTemplates Routes => _routes;

    /// <summary>How many heads were longer than the capture.</summary>
    public long HeadsCut { get; internal set; }

    /// <inheritdoc/>
    public IReadOnlyList<Pattern> Patterns { get; } =
    [
        Pattern.Request("GET "),
        Pattern.Request("POST "),
        Pattern.Request("PUT "),
        Pattern.Request("HEAD "),
        Pattern.Request("DELETE "),
        Pattern.Request("PATCH "),
        Pattern.Request("OPTIONS "),
        Pattern.Request("CONNECT "),
        Pattern.Request("TRACE "),
        Pattern.Request("QUERY "),
        Pattern.Response("HTTP/1."),
    ];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) =>
        RequestLine.Parse(request, out _) == HeadState.Whole || response.StartsWith("HTTP/1."u8);

    /// <inheritdoc/>
    public ConversationParser CreateParser() => new HttpParser(this, _attributes, _routes);
}
