using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;

namespace Sonde.Telemetry.Otlp;

/// <summary>Sends collections of metrics over OTLP, with retry.</summary>
public sealed class OtlpMetricExporter : IMetricExporter
{
    /// <summary>A point with all that a request's histogram can have is about 2 kB; a gRPC server takes 4 MiB by default.</summary>
    private const int MaxPoints = 1_000;

    private readonly OtlpSender _sender;
    private readonly ProtobufWriter _request = new(4096);

    /// <param name="otlp">Where metrics are sent.</param>
    /// <param name="log">Takes lines for a person, from any thread.</param>
    /// <exception cref="OtlpSettingsException">A certificate or a key cannot be used.</exception>
    public OtlpMetricExporter(OtlpSettings otlp, Action<string> log) =>
        _sender = new OtlpSender(OtlpTransport.Create(otlp), Counters, log);

    /// <summary>What became of the points.</summary>
    public ExportCounters Counters { get; } = new();

    /// <inheritdoc/>
    public async Task<bool> ExportAsync(MetricCollection collection, CancellationToken giveUp)
    {
        bool taken = true;
        Counters.SetQueued(collection.Points.Count);
        foreach (MetricPoint[] points in collection.Points.Chunk(MaxPoints))
        {
            _request.Clear();
            MetricEncoder.Write(_request, collection, points);
            taken &= await _sender.SendAsync(_request.Written, points.Length, giveUp).ConfigureAwait(false);
        }

        Counters.SetQueued(0);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();
}
