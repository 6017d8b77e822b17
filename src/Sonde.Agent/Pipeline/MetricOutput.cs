using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Prometheus;
using Sonde.Telemetry.Resources;

namespace Sonde.Agent.Pipeline;

/// <summary>Where metrics come from and where they go: a collector, Prometheus, or both.</summary>
internal sealed class MetricOutput : IAsyncDisposable
{
    private readonly PeriodicMetricReader? _reader;
    private readonly PrometheusServer? _server;

    /// <summary>Starts to send and to serve, as the settings say.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="probes">What probes count.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    /// <exception cref="CannotRunException">The port for Prometheus cannot be used.</exception>
    public MetricOutput(SondeSettings settings, ProbeMetrics probes, ICollection<string> warnings)
    {
        Probes = probes;
        Requests = new RequestMetrics(probes.Own, Series(settings), TimeProvider.System);
        Own = new OwnMetrics(probes.Own, TimeProvider.System);
        var shared = new SharedMetrics([Requests, Probes, Own]);
        if (settings.Export.Metrics.HasFlag(Exporters.Prometheus))
        {
            _server = Serve(PrometheusSettings.Read(settings.Environment, warnings), shared);
        }

        if (settings.Export.Metrics.HasFlag(Exporters.Otlp))
        {
            OtlpSettings otlp = OtlpSettings.Read(OtlpSignal.Metrics, settings.Environment, warnings);
            _reader = new PeriodicMetricReader(
                [shared.AddReader()], new OtlpMetricExporter(otlp, Notice.Write), MetricReaderSettings.Read(settings.Environment, warnings), TimeProvider.System);
        }
    }

    /// <summary>Counts requests.</summary>
    public RequestMetrics Requests { get; }

    /// <summary>Sonde's own figures.</summary>
    public OwnMetrics Own { get; }

    /// <summary>What probes count.</summary>
    public ProbeMetrics Probes { get; }

    /// <summary>Makes what probes count in; without threads, so that it can be there before any.</summary>
    public static ProbeMetrics CreateProbes(SondeSettings settings)
    {
        Resource self = OwnResource.Create(settings.ResourceAttributes);
        // A catalog of its own: the tracer's is for the tracer's thread.
        var processes = new ProcessCatalog(settings.Discovery);
        return new ProbeMetrics(self, Series(settings), processes, TimeProvider.System) { LendsResources = settings.Probes.LendsResources };
    }

    /// <summary>Sends everything that is pending.</summary>
    /// <returns>Whether everything was taken.</returns>
    public Task<bool> FlushAsync(TimeSpan within) => _reader?.FlushAsync(within) ?? Task.FromResult(true);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
        }

        if (_reader is not null)
        {
            await _reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static SeriesSettings Series(SondeSettings settings) =>
        new() { MaxSeries = settings.Metrics.MaxSeries, IdleCollections = settings.Metrics.StaleCollections };

    private static PrometheusServer Serve(PrometheusSettings place, SharedMetrics shared)
    {
        try
        {
            return PrometheusServer.Start(place, [shared.AddReader()], TimeProvider.System);
        }
        catch (IOException exception)
        {
            throw new CannotRunException($"{exception.Message}; OTEL_EXPORTER_PROMETHEUS_HOST and _PORT name another place");
        }
    }
}
