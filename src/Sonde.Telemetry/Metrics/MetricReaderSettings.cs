using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Metrics;

/// <summary>What <c>OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE</c> asks for ("OpenTelemetry Protocol Exporter").</summary>
public enum TemporalityPreference
{
    /// <summary>Everything since its start.</summary>
    Cumulative,

    /// <summary>Counters and histograms since the last collection.</summary>
    Delta,

    /// <summary>Histograms since the last collection; counters, which are read and not kept here, since their start.</summary>
    LowMemory,
}

/// <summary>When and how metrics are collected: <c>OTEL_METRIC_EXPORT_*</c> and the temporality preference.</summary>
public sealed record MetricReaderSettings
{
    /// <summary>The time between two collections.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time for a collection to be sent, attempts and waits together.</summary>
    public TimeSpan ExportTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TemporalityPreference Temporality { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that cannot be used; its default is used instead.</param>
    public static MetricReaderSettings Read(Func<string, string?> environment, ICollection<string> warnings)
    {
        var standard = new MetricReaderSettings();
        TimeSpan interval = ReadTime("OTEL_METRIC_EXPORT_INTERVAL", standard.Interval);
        TimeSpan timeout = ReadTime("OTEL_METRIC_EXPORT_TIMEOUT", standard.ExportTimeout);
        return new MetricReaderSettings
        {
            Interval = interval,
            ExportTimeout = timeout,
            Temporality = ReadTemporality(),
        };

        TimeSpan ReadTime(string name, TimeSpan otherwise)
        {
            if (environment(name)?.Trim() is not { Length: > 0 } value)
            {
                return otherwise;
            }

            if (Milliseconds.TryParse(value, out TimeSpan time) && time > TimeSpan.Zero)
            {
                return time;
            }

            warnings.Add(Milliseconds.Complaint(name, value, otherwise, 1));
            return otherwise;
        }

        TemporalityPreference ReadTemporality()
        {
            const string Name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
            switch (environment(Name)?.Trim().ToLowerInvariant())
            {
                case null or "" or "cumulative":
                    return TemporalityPreference.Cumulative;
                case "delta":
                    return TemporalityPreference.Delta;
                case "lowmemory":
                    return TemporalityPreference.LowMemory;
                default:
                    warnings.Add($"{Name}={environment(Name)} is not known: use cumulative, delta or lowmemory. Cumulative is used.");
                    return TemporalityPreference.Cumulative;
            }
        }
    }
}
