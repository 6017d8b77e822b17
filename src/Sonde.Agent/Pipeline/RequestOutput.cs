using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Spans;
using Sonde.Tracing;
using Sonde.Tracing.Requests;

namespace Sonde.Agent.Pipeline;

/// <summary>Where finished requests go: all of them into the metrics, the sampled ones to whoever shows or sends spans.</summary>
internal sealed class RequestOutput : IRequestSink, IAsyncDisposable
{
    private readonly List<ISpanExporter> _exporters = [];
    private readonly BatchSpanExporter? _batches;
    private readonly MetricOutput? _metrics;
    private bool _isClosed;

    /// <param name="settings">Say what is exported where.</param>
    /// <param name="shown">Shows the sampled spans; flushed and disposed by the caller.</param>
    /// <param name="probes">What is counted beside requests; null when nobody wants metrics.</param>
    public RequestOutput(SondeSettings settings, ISpanExporter? shown, ProbeMetrics? probes)
    {
        var warnings = new List<string>();
        if (shown is not null)
        {
            _exporters.Add(shown);
        }

        if (settings.Export.Traces.HasFlag(Exporters.Otlp))
        {
            OtlpSettings otlp = OtlpSettings.Read(OtlpSignal.Traces, settings.Environment, warnings);
            _batches = new BatchSpanExporter(otlp, BatchSettings.Read(settings.Environment, warnings), Commands.Notice.Write);
            _exporters.Add(_batches);
        }

        _metrics = probes is null ? null : new MetricOutput(settings, probes, warnings);
        Commands.Notice.Warn(warnings.Distinct());
    }

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
            OwnFigures.Register(_metrics.Own, tracer, processes, _batches?.Counters);
        }
    }

    /// <summary>Sends everything that is pending and ends; Sonde's own figures are read a last time.</summary>
    public async Task CloseAsync(TimeSpan within)
    {
        await Task.WhenAll(
            _batches?.FlushAsync(within) ?? Task.CompletedTask,
            _metrics?.FlushAsync(within) ?? Task.CompletedTask).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        if (_batches is not null)
        {
            await _batches.DisposeAsync().ConfigureAwait(false);
        }

        if (_metrics is not null)
        {
            await _metrics.DisposeAsync().ConfigureAwait(false);
        }
    }
}
