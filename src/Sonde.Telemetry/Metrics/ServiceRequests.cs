namespace Sonde.Telemetry.Metrics;

/// <summary>The requests of one kind that a service served or made so far. Immutable.</summary>
/// <param name="ServiceName">The service.</param>
/// <param name="Instrument">The metric that counts them, such as <c>http.server.request.duration</c>.</param>
/// <param name="Requests">All of them.</param>
/// <param name="Errors">Those whose span has the status error.</param>
/// <param name="Latency">How long they took.</param>
public sealed record ServiceRequests(
    string ServiceName, string Instrument, long Requests, long Errors, LatencyDistribution Latency)
{
    /// <summary>What came since an earlier view of the same service and metric.</summary>
    public ServiceRequests Since(ServiceRequests earlier) => this with
    {
        Requests = Math.Max(0, Requests - earlier.Requests),
        Errors = Math.Max(0, Errors - earlier.Errors),
        Latency = Latency.Minus(earlier.Latency),
    };
}
