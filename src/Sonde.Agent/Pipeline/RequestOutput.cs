using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Spans;
using Sonde.Tracing;
using Sonde.Tracing.Requests;

namespace Sonde.Agent.Pipeline;

/// <summary>Where finished requests go: all of them into the metrics, the sampled ones to whoever shows or sends spans.</summary>
/// <param name="settings">Say where metrics go.</param>
/// <param name="exporters">Get the sampled spans. Owned.</param>
/// <param name="probes">What is counted beside requests; null when nobody wants metrics.</param>
internal sealed class RequestOutput(SondeSettings settings, IReadOnlyList<ISpanExporter> exporters, ProbeMetrics? probes) : IRequestSink, IAsyncDisposable
{
    private readonly ISpanExporter[] _exporters = [.. exporters];
    private readonly MetricOutput? _metrics = probes is null ? null : new MetricOutput(settings, probes);
    private bool _isClosed;

    /// <inheritdoc/>
    public void Finished(SpanData span)
    {
        _metrics?.Requests.Record(span);
        if (!span.IsSampled)
        {
            return;
        }

        foreach (ISpanExporter exporter in _exporters)
        {
            exporter.Export(span);
        }
    }

    /// <summary>Exports Sonde's own figures beside the requests'.</summary>
    public void Observe(TracerFigures tracer, ProcessCatalog processes)
    {
        if (_metrics is not null)
        {
            OwnFigures.Register(_metrics.Own, tracer, processes, [.. _exporters.Select(exporter => exporter.Counters).OfType<ExportCounters>()]);
        }
    }

    /// <summary>Sends everything that is pending and ends; Sonde's own figures are read a last time.</summary>
    public async Task CloseAsync(TimeSpan within)
    {
        await Task.WhenAll([.. _exporters.Select(exporter => exporter.FlushAsync(within)), _metrics?.FlushAsync(within) ?? Task.CompletedTask]).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        foreach (ISpanExporter exporter in _exporters)
        {
            await exporter.DisposeAsync().ConfigureAwait(false);
        }

        if (_metrics is not null)
        {
            await _metrics.DisposeAsync().ConfigureAwait(false);
        }
    }
}
