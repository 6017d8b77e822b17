using Sonde.Telemetry.Export;
using Sonde.Telemetry.Otlp;

namespace Sonde.Agent.Configuration;

/// <summary>Where spans and metrics go; how, each exporter reads itself.</summary>
/// <param name="Traces">Where spans go.</param>
/// <param name="Metrics">Where metrics go.</param>
/// <param name="Disabled"><c>OTEL_SDK_DISABLED</c>: nothing is to be observed or sent.</param>
internal sealed record ExportSettings(IReadOnlyList<ISpanExporterFactory> Traces, IReadOnlyList<IMetricReaderFactory> Metrics, bool Disabled)
{
    private const string None = "none";

    /// <summary>
    /// Reads <c>OTEL_TRACES_EXPORTER</c>, <c>OTEL_METRICS_EXPORTER</c> and <c>OTEL_SDK_DISABLED</c>. Without the first two, the
    /// exporters' catalog says which is the standard.
    /// </summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static ExportSettings Read(Func<string, string?> environment, ICollection<string> warnings) => new(
        Read<ISpanExporterFactory>(OtlpSignal.Traces, environment, warnings),
        Read<IMetricReaderFactory>(OtlpSignal.Metrics, environment, warnings),
        string.Equals(environment("OTEL_SDK_DISABLED")?.Trim(), "true", StringComparison.OrdinalIgnoreCase));

    /// <summary>The exporters that take something.</summary>
    /// <typeparam name="T">Which says what.</typeparam>
    public static IEnumerable<T> Taking<T>()
        where T : IExporter => ExporterCatalog.All.OfType<T>();

    private static List<T> Read<T>(OtlpSignal signal, Func<string, string?> environment, ICollection<string> warnings)
        where T : class, IExporter
    {
        string variable = $"OTEL_{signal.VariablePart}_EXPORTER";
        var chosen = new List<T>();
        bool isChosen = false;
        foreach (string name in (environment(variable) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct())
        {
            T? exporter = Taking<T>().FirstOrDefault(each => each.Name == name);
            if (exporter is null && name != None)
            {
                warnings.Add($"{variable}={name} is passed over: it can be {string.Join(", ", Taking<T>().Select(each => each.Name))} or {None}");
                continue;
            }

            isChosen = true;
            if (exporter is not null)
            {
                chosen.Add(exporter);
            }
        }

        return isChosen ? chosen : [.. Taking<T>().Where(each => each.IsStandard(signal, environment)).Take(1)];
    }
}
