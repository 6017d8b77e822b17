using Sonde.Telemetry.Otlp;

namespace Sonde.Agent.Configuration;

/// <summary>Where spans and metrics go; how OTLP is spoken is read by <c>Sonde.Telemetry.Otlp</c>.</summary>
/// <param name="Traces">Where spans go.</param>
/// <param name="Metrics">Where metrics go.</param>
/// <param name="Disabled"><c>OTEL_SDK_DISABLED</c>: nothing is to be observed or sent.</param>
internal sealed record ExportSettings(Exporters Traces, Exporters Metrics, bool Disabled)
{
    /// <summary>
    /// Reads <c>OTEL_TRACES_EXPORTER</c>, <c>OTEL_METRICS_EXPORTER</c> and <c>OTEL_SDK_DISABLED</c>. Without the first two, what
    /// has an endpoint is sent there; spans without one are shown.
    /// </summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static ExportSettings Read(Func<string, string?> environment, ICollection<string> warnings) => new(
        Read(environment, "OTEL_TRACES_EXPORTER", Exporters.Otlp | Exporters.Console, warnings)
            ?? (OtlpSettings.IsEndpointSet(OtlpSignal.Traces, environment) ? Exporters.Otlp : Exporters.Console),
        Read(environment, "OTEL_METRICS_EXPORTER", Exporters.Otlp | Exporters.Prometheus, warnings)
            ?? (OtlpSettings.IsEndpointSet(OtlpSignal.Metrics, environment) ? Exporters.Otlp : Exporters.None),
        string.Equals(environment("OTEL_SDK_DISABLED")?.Trim(), "true", StringComparison.OrdinalIgnoreCase));

    private static Exporters? Read(Func<string, string?> environment, string variable, Exporters possible, ICollection<string> warnings)
    {
        string[] names = (environment(variable) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Exporters? chosen = null;
        foreach (string name in names)
        {
            Exporters? exporter = name switch
            {
                "otlp" => Exporters.Otlp,
                "console" => Exporters.Console,
                "prometheus" => Exporters.Prometheus,
                "none" => Exporters.None,
                _ => null,
            };
            if (exporter is { } known && (known & possible) == known)
            {
                chosen = (chosen ?? Exporters.None) | known;
            }
            else
            {
                string all = possible.HasFlag(Exporters.Console) ? "otlp, console or none" : "otlp, prometheus or none";
                warnings.Add($"{variable}={name} is passed over: it can be {all}");
            }
        }

        return chosen;
    }
}
