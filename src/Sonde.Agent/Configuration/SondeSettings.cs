using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Console;
using Sonde.Tracing;

namespace Sonde.Agent.Configuration;

/// <summary>All settings, as the parts of Sonde want them.</summary>
internal sealed record SondeSettings
{
    public required TracingSettings Tracing { get; init; }

    public required DiscoverySettings Discovery { get; init; }

    public required ConsoleSettings Console { get; init; }

    public required MetricSettings Metrics { get; init; }

    public required ProbeSettings Probes { get; init; }

    public required ExportSettings Export { get; init; }

    /// <summary>Attributes of Sonde's own resource.</summary>
    public required IReadOnlyList<KeyValuePair<string, object>> ResourceAttributes { get; init; }

    /// <summary>Looks an environment variable up, for parts that read OpenTelemetry's own.</summary>
    public required Func<string, string?> Environment { get; init; }
}

/// <summary>What standard output shows.</summary>
internal sealed record ConsoleSettings(ConsoleFormat Format, ColourChoice Colour, SpanFilter Filter, int MaxPerSecond);

/// <summary>The probes that run beside the tracer.</summary>
/// <param name="Set">Which.</param>
/// <param name="LendsResources">Whether <c>process.pid</c> makes a series that process's.</param>
internal sealed record ProbeSettings(ProbeSetSettings Set, bool LendsResources);

/// <summary>Limits of metrics.</summary>
/// <param name="MaxSeries">Series of one metric.</param>
/// <param name="StaleCollections">Collections without movement after which a series is dropped.</param>
/// <param name="SelfInterval">How often Sonde measures itself.</param>
internal sealed record MetricSettings(int MaxSeries, int StaleCollections, TimeSpan SelfInterval);
