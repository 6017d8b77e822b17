using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Telemetry.Console;
using Sonde.Tracing;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Sql;
using Sonde.Tracing.Routes;

namespace Sonde.Agent.Configuration;

/// <summary>Makes <see cref="SondeSettings"/> of the rows' values and of OpenTelemetry's variables.</summary>
internal static class SettingsComposition
{
    /// <param name="values">The rows' values.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static SondeSettings Compose(SettingValues values, Func<string, string?> environment, ICollection<string> warnings) => new()
    {
        Tracing = new TracingSettings
        {
            Protocols = values.Get(SettingCatalog.Protocols),
            Sampler = Sampling.Read(environment, values, warnings).ToSampler(),
            RequestCapture = values.Get(SettingCatalog.RequestBytes),
            ResponseCapture = values.Get(SettingCatalog.ResponseBytes),
            FramesPerCall = values.Get(SettingCatalog.FramesPerCall),
            RingBytes = values.Get(SettingCatalog.RingBufferSize),
            PollInterval = values.Get(SettingCatalog.PollInterval),
            QuietAfter = values.Get(SettingCatalog.QuietAfter),
            MaxConnections = values.Get(SettingCatalog.MaxConnections),
            UnixSockets = values.Get(SettingCatalog.UnixSockets),
            Tls = values.Get(SettingCatalog.Tls),
            Account = values.Get(SettingCatalog.Account),
            ProtocolSettings = new ProtocolSettings { Http = Http(values, environment), Sql = new SqlSettings { RedactLiterals = values.Get(SettingCatalog.RedactSql) } },
        },
        Discovery = new DiscoverySettings
        {
            Include = Criteria(values, SettingCatalog.Include),
            Exclude = Criteria(values, SettingCatalog.Exclude),
            MaxProcesses = values.Get(SettingCatalog.MaxProcesses),
        },
        Console = new ConsoleSettings(
            values.Get(SettingCatalog.Format), values.Get(SettingCatalog.Colour), Filter(values), values.Get(SettingCatalog.ConsoleRate)),
        Metrics = new MetricSettings(
            values.Get(SettingCatalog.MaxSeries), values.Get(SettingCatalog.StaleCollections), values.Get(SettingCatalog.SelfInterval)),
        Probes = new ProbeSettings(
            new ProbeSetSettings
            {
                Enabled = [.. values.Get(SettingCatalog.ProbesEnabled).Select(pattern => new Glob(pattern))],
                Disabled = [.. values.Get(SettingCatalog.ProbesDisabled).Select(pattern => new Glob(pattern))],
                Folder = values.Get(SettingCatalog.ProbesFolder) is { Length: > 0 } folder ? folder : null,
            },
            values.Get(SettingCatalog.ProbesProcessResources)),
        Export = ExportSettings.Read(environment, warnings),
        ResourceAttributes = ResourceAttributes.Read(environment, warnings),
        Environment = environment,
    };

    private static HttpSettings Http(SettingValues values, Func<string, string?> environment) => new()
    {
        RedactQueryValues = values.Get(SettingCatalog.RedactQuery),
        KnownMethods = environment("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")?.Trim() is { Length: > 0 } methods
            ? [.. SettingText.Scalar(methods).Split()]
            : HttpSettings.DefaultKnownMethods,
        Calls = (values.Get(SettingCatalog.Protocols).Contains("http") ? CallKinds.Http : CallKinds.None)
            | (values.Get(SettingCatalog.Protocols).Contains("grpc") ? CallKinds.Grpc : CallKinds.None),
        Routes = new RouteSettings
        {
            Patterns = values.Get(SettingCatalog.RoutePatterns),
            MaxPerService = values.Get(SettingCatalog.MaxRoutes),
        },
    };

    private static ProcessCriteria Criteria(SettingValues values, ProcessRows rows) => new()
    {
        Executables = [.. values.Get(rows.Executables)],
        CommandLines = [.. values.Get(rows.CommandLines)],
        Containers = [.. values.Get(rows.Containers)],
        Services = [.. values.Get(rows.Services)],
        Ports = [.. values.Get(rows.Ports).Select(text => PortRange.TryParse(text, out PortRange ports) ? ports : default)],
    };

    private static SpanFilter Filter(SettingValues values) => new()
    {
        Service = Glob(values.Get(SettingCatalog.ConsoleService)),
        Name = Glob(values.Get(SettingCatalog.ConsoleName)),
        Statuses = [.. values.Get(SettingCatalog.ConsoleStatus).Select(text => new StatusPattern(text))],
        MinDuration = values.Get(SettingCatalog.ConsoleMinDuration),
    };

    private static Glob? Glob(string pattern) => pattern.Length == 0 ? null : new Glob(pattern);
}
