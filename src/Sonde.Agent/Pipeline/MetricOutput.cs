using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Agent.Pipeline;

/// <summary>Where metrics come from and where they go.</summary>
internal sealed class MetricOutput : IAsyncDisposable
{
    private readonly IMetricReader[] _readers;

    /// <summary>Starts to send and to serve, as the settings say.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="probes">What probes count.</param>
    /// <exception cref="ExportException">An exporter cannot be opened.</exception>
    public MetricOutput(SondeSettings settings, ProbeMetrics probes)
    {
        Probes = probes;
        Requests = new RequestMetrics(probes.Own, Series(settings), TimeProvider.System);
        Own = new OwnMetrics(probes.Own, TimeProvider.System);
        var shared = new SharedMetrics([Requests, Probes, Own]);
        var context = new ExportContext { Environment = settings.Environment, Log = Notice.Write };
        _readers = [.. settings.Export.Metrics.Select(exporter => exporter.OpenMetrics(shared.AddReader(), context))];
        Notice.Warn(context.Warnings);
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
    public async Task<bool> FlushAsync(TimeSpan within) =>
        (await Task.WhenAll(_readers.Select(reader => reader.FlushAsync(within))).ConfigureAwait(false)).All(isTaken => isTaken);

    public async ValueTask DisposeAsync()
    {
        foreach (IMetricReader reader in _readers)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static SeriesSettings Series(SondeSettings settings) =>
        new() { MaxSeries = settings.Metrics.MaxSeries, IdleCollections = settings.Metrics.StaleCollections };
}
