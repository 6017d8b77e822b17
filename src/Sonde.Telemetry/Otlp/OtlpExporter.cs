using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;

namespace Sonde.Telemetry.Otlp;

/// <summary>To a collector, over gRPC or HTTP (OpenTelemetry specification, "OpenTelemetry Protocol Exporter").</summary>
public sealed class OtlpExporter : ISpanExporterFactory, IMetricReaderFactory
{
    /// <inheritdoc/>
    public string Name => "otlp";

    /// <inheritdoc/>
    /// <remarks>Naming an endpoint asks for it.</remarks>
    public bool IsStandard(OtlpSignal signal, Func<string, string?> environment) => OtlpSettings.IsEndpointSet(signal, environment);

    /// <inheritdoc/>
    public string Describe(Func<string, string?> environment) =>
        $"sent to {OtlpSettings.Read(OtlpSignal.Traces, environment, []).Endpoint.GetLeftPart(UriPartial.Authority)}";

    /// <inheritdoc/>
    public ISpanExporter OpenSpans(ExportContext context) => new BatchSpanExporter(
        OtlpSettings.Read(OtlpSignal.Traces, context.Environment, context.Warnings), BatchSettings.Read(context.Environment, context.Warnings), context.Log);

    /// <inheritdoc/>
    public IMetricReader OpenMetrics(IMetricSource source, ExportContext context) => new PeriodicMetricReader(
        [source],
        new OtlpMetricExporter(OtlpSettings.Read(OtlpSignal.Metrics, context.Environment, context.Warnings), context.Log),
        MetricReaderSettings.Read(context.Environment, context.Warnings),
        TimeProvider.System);
}
