using Sonde.Telemetry.Console;

namespace Sonde.Agent.Configuration;

/// <summary>All settings, as the parts of Sonde want them.</summary>
internal sealed record SondeSettings
{
    public required TracingSettings Tracing { get; init; }

    public required ProcessSettings Processes { get; init; }

    public required ConsoleSettings Console { get; init; }

    public required MetricSettings Metrics { get; init; }

    public required ExportSettings Export { get; init; }

    /// <summary>Attributes of Sonde's own resource.</summary>
    public required IReadOnlyList<KeyValuePair<string, object>> ResourceAttributes { get; init; }

    /// <summary>Looks an environment variable up, for parts that read OpenTelemetry's own.</summary>
    public required Func<string, string?> Environment { get; init; }
}

/// <summary>What is traced, and how much of it is kept.</summary>
internal sealed record TracingSettings
{
    /// <summary>Names of protocols, lower case.</summary>
    public required IReadOnlyList<string> Protocols { get; init; }

    public required Sampling Sampling { get; init; }

    /// <summary>Bytes of a request's head.</summary>
    public required int RequestBytes { get; init; }

    /// <summary>Bytes of a response's head.</summary>
    public required int ResponseBytes { get; init; }

    /// <summary>Bytes, a power of two.</summary>
    public required int RingBufferSize { get; init; }

    public required TimeSpan PollInterval { get; init; }

    /// <summary>The silence after which an exchange is told provisionally.</summary>
    public required TimeSpan QuietAfter { get; init; }

    public required int MaxConnections { get; init; }

    public required bool UnixSockets { get; init; }

    public required bool RedactQuery { get; init; }

    public required int MaxRoutesPerService { get; init; }

    public required IReadOnlyList<string> RoutePatterns { get; init; }
}

/// <summary>Which processes are traced.</summary>
/// <param name="Include">Empty lists mean all.</param>
/// <param name="Exclude">Wins over <paramref name="Include"/>.</param>
/// <param name="Max">Processes remembered at once.</param>
internal sealed record ProcessSettings(ProcessSelection Include, ProcessSelection Exclude, int Max);

/// <summary>Ways to name processes: globs, and ports of servers.</summary>
internal sealed record ProcessSelection(
    IReadOnlyList<string> Executables,
    IReadOnlyList<string> CommandLines,
    IReadOnlyList<string> Containers,
    IReadOnlyList<string> Services,
    IReadOnlyList<PortInterval> Ports);

/// <summary>What standard output shows.</summary>
internal sealed record ConsoleSettings(ConsoleFormat Format, ColourChoice Colour, SpanFilter Filter, int MaxPerSecond);

/// <summary>Limits of metrics.</summary>
/// <param name="MaxSeries">Series of one metric.</param>
/// <param name="StaleCollections">Collections without movement after which a series is dropped.</param>
/// <param name="SelfInterval">How often Sonde measures itself.</param>
internal sealed record MetricSettings(int MaxSeries, int StaleCollections, TimeSpan SelfInterval);
