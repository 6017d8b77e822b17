using Sonde.Telemetry.Console;

namespace Sonde.Agent.Configuration;

/// <summary>Makes <see cref="SondeSettings"/> of the rows' values and of OpenTelemetry's variables.</summary>
internal static class SettingsComposition
{
    /// <summary>The protocols of <see cref="SettingCatalog.KnownProtocols"/> that this version reads.</summary>
    private static readonly string[] ReadProtocols = ["http"];

    /// <param name="values">The rows' values.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that is passed over.</param>
    public static SondeSettings Compose(SettingValues values, Func<string, string?> environment, ICollection<string> warnings) => new()
    {
        Tracing = new TracingSettings
        {
            Protocols = Protocols(values, warnings),
            Sampling = Sampling.Read(environment, values, warnings),
            RequestBytes = values.Get(SettingCatalog.RequestBytes),
            ResponseBytes = values.Get(SettingCatalog.ResponseBytes),
            RingBufferSize = values.Get(SettingCatalog.RingBufferSize),
            PollInterval = values.Get(SettingCatalog.PollInterval),
            QuietAfter = values.Get(SettingCatalog.QuietAfter),
            MaxConnections = values.Get(SettingCatalog.MaxConnections),
            UnixSockets = values.Get(SettingCatalog.UnixSockets),
            RedactQuery = values.Get(SettingCatalog.RedactQuery),
            MaxRoutesPerService = values.Get(SettingCatalog.MaxRoutes),
            RoutePatterns = values.Get(SettingCatalog.RoutePatterns),
        },
        Processes = new ProcessSettings(
            Selection(values, SettingCatalog.Include), Selection(values, SettingCatalog.Exclude), values.Get(SettingCatalog.MaxProcesses)),
        Console = new ConsoleSettings(
            values.Get(SettingCatalog.Format), values.Get(SettingCatalog.Colour), Filter(values), values.Get(SettingCatalog.ConsoleRate)),
        Metrics = new MetricSettings(
            values.Get(SettingCatalog.MaxSeries), values.Get(SettingCatalog.StaleCollections), values.Get(SettingCatalog.SelfInterval)),
        Export = ExportSettings.Read(environment, warnings),
        ResourceAttributes = ResourceAttributes.Read(environment, warnings),
        Environment = environment,
    };

    private static string[] Protocols(SettingValues values, ICollection<string> warnings)
    {
        IReadOnlyList<string> named = values.Get(SettingCatalog.Protocols);
        string[] unread = [.. named.Except(ReadProtocols)];
        if (unread.Length > 0)
        {
            warnings.Add($"{string.Join(" and ", unread)} cannot be read yet and will not be traced");
        }

        return [.. named.Intersect(ReadProtocols)];
    }

    private static ProcessSelection Selection(SettingValues values, ProcessRows rows) => new(
        values.Get(rows.Executables),
        values.Get(rows.CommandLines),
        values.Get(rows.Containers),
        values.Get(rows.Services),
        [.. values.Get(rows.Ports).Select(text => PortInterval.TryParse(text, out PortInterval ports) ? ports : default)]);

    private static SpanFilter Filter(SettingValues values) => new()
    {
        Service = Glob(values.Get(SettingCatalog.ConsoleService)),
        Name = Glob(values.Get(SettingCatalog.ConsoleName)),
        Statuses = [.. values.Get(SettingCatalog.ConsoleStatus).Select(text => new StatusPattern(text))],
        MinDuration = values.Get(SettingCatalog.ConsoleMinDuration),
    };

    private static Glob? Glob(string pattern) => pattern.Length == 0 ? null : new Glob(pattern);
}
