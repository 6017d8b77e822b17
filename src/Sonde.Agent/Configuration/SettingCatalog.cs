using Sonde.Discovery;
using Sonde.Tracing.Protocols;
using static Sonde.Agent.Configuration.SettingKinds;

namespace Sonde.Agent.Configuration;

/// <summary>
/// Every setting of Sonde, one row each. The file's reader, the environment, the command line, <c>sonde settings</c> and
/// <c>docs/settings.md</c> all work from these rows.
/// </summary>
internal static class SettingCatalog
{
    /// <summary>The protocols that may be named, the promised ones first.</summary>
    public static readonly IReadOnlyList<string> KnownProtocols =
        [.. new[] { "http", "grpc", "sql" }.Union(ProtocolCatalog.All.SelectMany(protocol => protocol.Names))];

    public static readonly Setting<IReadOnlyList<string>> Protocols = List(
        "tracing.protocols", $"protocols ({string.Join(", ", KnownProtocols)})",
        "Which protocols become spans.", KnownProtocols.Contains, "OTEL_EBPF_PROTOCOLS", "http", "grpc", "sql");

    public static readonly Setting<double> SampleRate = Percent(
        "tracing.sample_rate", "OTEL_EBPF_SAMPLE_RATE", 100,
        "Percent of the traces that are kept; `OTEL_TRACES_SAMPLER`, when set, wins. Metrics count every request.");

    public static readonly Setting<int> RequestBytes = Size(
        "tracing.capture.request_bytes", 4096, 1024, 8192,
        "How much of a request's head is read: headers behind it, a `traceparent` among them, are not seen.");

    public static readonly Setting<int> ResponseBytes = Size(
        "tracing.capture.response_bytes", 512, 128, 512,
        "How much of a response's head is read.");

    public static readonly Setting<int> FramesPerCall = Count(
        "tracing.frames_per_call", 1024, 16, 65_536,
        "Frames that are followed in one read or write, of protocols that have frames (HTTP/2, PostgreSQL); with more, what comes after them may be missed, and `sonde.frames.places_lost` counts.");

    public static readonly Setting<int> RingBufferSize = Size(
        "tracing.ring_buffer_size", 8 << 20, 256 << 10, 256 << 20,
        "The buffers between kernel and Sonde, all processors' together, at least 128 KiB each; raise it when `sonde.records.lost` counts.", powerOfTwo: true);

    public static readonly Setting<TimeSpan> PollInterval = Time(
        "tracing.poll_interval", TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1),
        "How often the buffer is read when it fills slowly; shorter costs CPU, longer delays spans.");

    public static readonly Setting<TimeSpan> QuietAfter = Time(
        "tracing.quiet_after", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1),
        "After how much silence of a response Sonde looks whether it is complete.");

    public static readonly Setting<int> MaxConnections = Count(
        "tracing.max_connections", 65_536, 1024, 1_048_576,
        "Connections followed at once; further ones are counted and left out.");

    public static readonly Setting<bool> UnixSockets = Switch(
        "tracing.unix_sockets", true,
        "Whether requests over Unix sockets are traced.");

    public static readonly Setting<bool> Tls = Switch(
        "tracing.tls", true,
        "Whether encrypted requests are read, at the functions of TLS libraries.");

    public static readonly Setting<bool> Account = Switch(
        "tracing.account", true,
        "Whether spans carry the kernel's account of what their time was spent on (`sonde.kernel.*`).");

    public static readonly Setting<bool> RedactQuery = Switch(
        "tracing.redact_query", true,
        "Whether the values in a URL's query are replaced by `REDACTED`.");

    public static readonly Setting<bool> RedactSql = Switch(
        "tracing.redact_sql", true,
        "Whether the values in SQL statements are replaced by `?`; passwords in them always are.");

    public static readonly Setting<int> MaxRoutes = Count(
        "tracing.routes.max_per_service", 200, 1, 10_000,
        "Different routes that are worked out per service; further ones are `{other}`.");

    public static readonly Setting<IReadOnlyList<string>> RoutePatterns = List(
        "tracing.routes.patterns", "paths that begin with /",
        "Routes that are known, such as `/users/{id}`, `/users/:id` or `/static/*`; they win over those worked out.", item => item.StartsWith('/'));

    public static readonly ProcessRows Include = new("processes.include", "Trace only");

    public static readonly ProcessRows Exclude = new("processes.exclude", "Do not trace");

    public static readonly Setting<int> MaxProcesses = Count(
        "processes.max", 16_384, 64, 1_048_576,
        "Processes remembered at once; beyond it the one unused for longest is forgotten, and counted.");

    public static readonly Setting<ConsoleFormat> Format = Choice(
        "console.format", ConsoleFormat.Auto,
        "How spans look on standard output; auto is lines on a terminal and JSON otherwise.");

    public static readonly Setting<ColourChoice> Colour = Choice(
        "console.color", ColourChoice.Auto,
        "When to use colours; auto is on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.");

    public static readonly Setting<string> ConsoleService = Text(
        "console.service", "Show only spans of services whose name fits this glob.");

    public static readonly Setting<string> ConsoleName = Text(
        "console.name", "Show only spans whose name fits this glob.");

    public static readonly Setting<IReadOnlyList<string>> ConsoleStatus = List(
        "console.status", "codes (404), classes (5xx) or error",
        "Show only spans with one of these statuses.");

    public static readonly Setting<TimeSpan> ConsoleMinDuration = Time(
        "console.min_duration", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromHours(1),
        "Show only spans that took at least as long.");

    public static readonly Setting<int> ConsoleRate = Count(
        "console.max_per_second", 200, 1, 100_000,
        "When more spans come in a second, a terminal shows some of them and counts the others.");

    public static readonly Setting<int> MaxSeries = Count(
        "metrics.max_series", 2000, 1, 100_000,
        "Series of one metric; what goes beyond is one series with `otel.metric.overflow=true`.");

    public static readonly Setting<int> StaleCollections = Count(
        "metrics.stale_after", 5, 1, 1000,
        "A series that has not moved for so many collections is dropped.");

    public static readonly Setting<IReadOnlyList<string>> ProbesEnabled = List(
        "probes.enabled", "globs", "Run the probes with these names too, whose files say that they are off.");

    public static readonly Setting<IReadOnlyList<string>> ProbesDisabled = List(
        "probes.disabled", "globs", "Do not run the probes with these names; `*` is all of them.");

    public static readonly Setting<string> ProbesFolder = Text(
        "probes.folder", "A folder with probes of your own, one YAML file each; what changes there is taken up while Sonde runs.", "a folder");

    public static readonly Setting<bool> ProbesProcessResources = Switch(
        "probes.process_resources", false,
        "Whether a series with the attribute `process.pid` is reported under that process's resource in place of Sonde's.");

    public static readonly Setting<TimeSpan> SelfInterval = Time(
        "metrics.self_interval", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1),
        "How often Sonde measures itself (`sonde.*`).");

    /// <summary>All rows, in the order of the documentation.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Protocols, SampleRate, RequestBytes, ResponseBytes, FramesPerCall, RingBufferSize, PollInterval, QuietAfter, MaxConnections, UnixSockets, Tls, Account,
        RedactQuery, RedactSql, MaxRoutes, RoutePatterns,
        .. Include.All, .. Exclude.All, MaxProcesses,
        Format, Colour, ConsoleService, ConsoleName, ConsoleStatus, ConsoleMinDuration, ConsoleRate,
        ProbesEnabled, ProbesDisabled, ProbesFolder, ProbesProcessResources,
        MaxSeries, StaleCollections, SelfInterval,
    ];

    /// <summary>The row with this key, or null.</summary>
    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);
}

/// <summary>The rows that say which processes: there is a set to include and a set to exclude.</summary>
internal sealed class ProcessRows(string prefix, string verb)
{
    public Setting<IReadOnlyList<string>> Executables { get; } = List(
        $"{prefix}.executables", "globs", $"{verb} processes whose executable's path fits one of these.");

    public Setting<IReadOnlyList<string>> CommandLines { get; } = List(
        $"{prefix}.command_lines", "globs", $"{verb} processes whose arguments, joined by spaces, fit one of these.");

    public Setting<IReadOnlyList<string>> Containers { get; } = List(
        $"{prefix}.containers", "globs", $"{verb} processes in containers whose name or id fits one of these.");

    public Setting<IReadOnlyList<string>> Services { get; } = List(
        $"{prefix}.services", "globs", $"{verb} processes whose `service.name` fits one of these.");

    public Setting<IReadOnlyList<string>> Ports { get; } = List(
        $"{prefix}.ports", "ports and ranges (443, 8000-8999)", $"{verb} connections to these server ports.",
        item => PortRange.TryParse(item, out _));

    public IReadOnlyList<Setting> All => [Executables, CommandLines, Containers, Services, Ports];
}
