using Sonde.Telemetry.Console;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Prometheus;

namespace Sonde.Telemetry.Export;

/// <summary>Every exporter, one line each.</summary>
public static class ExporterCatalog
{
    /// <summary>In the order in which they are asked whether they are the standard.</summary>
    public static IReadOnlyList<IExporter> All { get; } =
    [
        new OtlpExporter(),
        new ConsoleExporter(),
        new PrometheusExporter(),
    ];
}
