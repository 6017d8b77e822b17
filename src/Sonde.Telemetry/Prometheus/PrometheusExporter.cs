using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Prometheus;

/// <summary>To whoever scrapes (OpenTelemetry specification, "Prometheus Exporter").</summary>
public sealed class PrometheusExporter : IMetricReaderFactory
{
    /// <inheritdoc/>
    public string Name => "prometheus";

    /// <inheritdoc/>
    /// <remarks>A port is opened only for those who ask.</remarks>
    public bool IsStandard(OtlpSignal signal, Func<string, string?> environment) => false;

    /// <inheritdoc/>
    public IMetricReader OpenMetrics(IMetricSource source, ExportContext context)
    {
        try
        {
            return PrometheusServer.Start(PrometheusSettings.Read(context.Environment, context.Warnings), [source], TimeProvider.System);
        }
        catch (IOException exception)
        {
            throw new ExportException($"{exception.Message}; OTEL_EXPORTER_PROMETHEUS_HOST and _PORT name another place", exception);
        }
    }
}
