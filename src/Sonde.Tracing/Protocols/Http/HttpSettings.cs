using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>What can be set about HTTP.</summary>
public sealed class HttpSettings
{
    /// <summary>RFC 9110's methods, PATCH (RFC 5789) and QUERY.</summary>
    public static IReadOnlyList<string> DefaultKnownMethods { get; } =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "CONNECT", "TRACE", "QUERY"];

    /// <summary>
    /// Whether the values of query parameters are replaced by <c>REDACTED</c> in <c>url.query</c> and <c>url.full</c>.
    /// </summary>
    public bool RedactQueryValues { get; init; } = true;

    /// <summary>
    /// The methods that are told as they are; all others are <c>_OTHER</c>. A full list, case-sensitive
    /// (<c>OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS</c>).
    /// </summary>
    public IReadOnlyList<string> KnownMethods { get; init; } = DefaultKnownMethods;

    /// <summary>Which requests become spans.</summary>
    public CallKinds Calls { get; init; } = CallKinds.Http | CallKinds.Grpc;

    /// <summary>How <c>http.route</c> is worked out.</summary>
    public RouteSettings Routes { get; init; } = new();
}
