using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Metrics;

/// <summary>What the series of one service and instrument come to together. Guarded by the lock of <see cref="RequestMetrics"/>.</summary>
internal sealed class ServiceTotals(string serviceName, string instrument)
{
    private readonly LatencyDistribution _latency = new();
    private long _requests;
    private long _errors;

    /// <summary>Series that count here; without any the totals are forgotten.</summary>
    public int SeriesCount { get; set; }

    public void Record(SpanData span, ulong nanoseconds)
    {
        _requests++;
        _errors += span.Status == SpanStatus.Error ? 1 : 0;
        _latency.Add(nanoseconds);
    }

    public ServiceRequests View() => new(serviceName, instrument, _requests, _errors, _latency.Copy());
}
