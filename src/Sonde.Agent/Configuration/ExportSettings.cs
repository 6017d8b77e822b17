namespace Sonde.Agent.Configuration;

/// <summary>Where spans and metrics go; how OTLP is spoken is read by <c>Sonde.Telemetry.Otlp</c>.</summary>
/// <param name="Traces">Where spans go.</param>
/// <param name="Metrics">Where metrics go.</param>
/// <param name="TracesEndpoint">The OTLP endpoint of spans as the environment has it, for messages; null when it has none.</param>
/// <param name="Disabled"><c>OTEL_SDK_DISABLED</c>: nothing is to be observed or sent.</param>
internal sealed record ExportSettings(Exporters Traces, Exporters Metrics, string? TracesEndpoint, bool Disabled)
{
    /// <summary>
    /// Reads <c>OTEL_TRACES_EXPORTER</c>, <c>OTEL_METRICS_EXPORTER</c> and <c>OTEL_SDK_DISABLED</c>. Without the first two, what
    /// has an endpoint is sent there; spans without one are shown.
    /// </summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static ExportSettings Read(Func<string, string?> environment, ICollection<string> warnings)
    {
        string? traces = Endpoint(environment, "TRACES");
        string? metrics = Endpoint(environment, "METRICS");
        return new ExportSettings(
            Read(environment, "OTEL_TRACES_EXPORTER", Exporters.Otlp | Exporters.Console, warnings)
                ?? (traces is null ? Exporters.Console : Exporters.Otlp),
            Read(environment, "OTEL_METRICS_EXPORTER", Exporters.Otlp, warnings)
                ?? (metrics is null ? Exporters.None : Exporters.Otlp),
            traces,
            string.Equals(environment("OTEL_SDK_DISABLED")?.Trim(), "true", StringComparison.OrdinalIgnoreCase));
    }

    private static string? Endpoint(Func<string, string?> environment, string signal) =>
        new[] { $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT" }
            .Select(name => environment(name)?.Trim())
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));

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
                "none" => Exporters.None,
                _ => null,
            };
            if (exporter is { } known && (known & possible) == known)
            {
                chosen = (chosen ?? Exporters.None) | known;
            }
            else
            {
                string all = possible.HasFlag(Exporters.Console) ? "otlp, console or none" : "otlp or none";
                warnings.Add($"{variable}={name} is passed over: it can be {all}");
            }
        }

        return chosen;
    }
}
