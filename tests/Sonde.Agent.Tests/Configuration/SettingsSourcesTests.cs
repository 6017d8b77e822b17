using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Telemetry.Console;
using Xunit;

namespace Sonde.Agent.Tests.Configuration;

public sealed class SettingsSourcesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly List<string> _warnings = [];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        File.WriteAllText(_file, "tracing:\n  quiet_after: 2s\n  max_connections: 2000\n  poll_interval: 7ms\n");
        SettingValues values = Read(
            [("SONDE_CONFIG", _file), ("SONDE_TRACING_MAX_CONNECTIONS", "3000"), ("SONDE_TRACING_POLL_INTERVAL", "8ms")],
            ("tracing.poll_interval", "9ms"));
        Assert.Equal(("2s", $"{_file}:2:16"), values.Describe(SettingCatalog.QuietAfter));
        Assert.Equal(("3000", "SONDE_TRACING_MAX_CONNECTIONS"), values.Describe(SettingCatalog.MaxConnections));
        Assert.Equal(("9ms", "command line"), values.Describe(SettingCatalog.PollInterval));
        Assert.Equal(("true", "default"), values.Describe(SettingCatalog.UnixSockets));
    }

    [Fact]
    public void A_file_that_was_named_must_be_there() => Assert.Equal(
        "the settings file /does/not/exist cannot be read: there is no such file",
        Assert.Throws<SettingsException>(() => Read([("SONDE_CONFIG", "/does/not/exist")])).Message);

    [Fact]
    public void A_wrong_variable_is_an_error() => Assert.Equal(
        "SONDE_TRACING_POLL_INTERVAL: tracing.poll_interval must be a duration from 1ms to 1s, not '1h'",
        Assert.Throws<SettingsException>(() => Read([("SONDE_TRACING_POLL_INTERVAL", "1h")])).Message);

    [Fact]
    public void An_unknown_key_on_the_command_line_is_an_error() => Assert.Equal(
        "command line: unknown setting 'tracing.qiet_after'; did you mean 'tracing.quiet_after'?",
        Assert.Throws<SettingsException>(() => Read([], ("tracing.qiet_after", "1s"))).Message);

    [Fact]
    public void An_unknown_variable_is_a_warning_unless_it_is_a_service_of_kubernetes()
    {
        Read([("SONDE_TRACING_POL_INTERVAL", "1s"), ("SONDE_SERVICE_HOST", "10.0.0.1"), ("SONDE_PORT_80_TCP", "x"), ("SONDE_PORT", "x")]);
        Assert.Equal(["SONDE_TRACING_POL_INTERVAL is not a setting; did you mean 'SONDE_TRACING_POLL_INTERVAL'?"], _warnings);
    }

    [Fact]
    public void An_empty_variable_is_unset() => Assert.False(Read([("SONDE_TRACING_POLL_INTERVAL", " ")]).IsSet(SettingCatalog.PollInterval));

    [Fact]
    public void The_promised_protocols_are_read_and_others_refused()
    {
        Assert.Equal(["http", "grpc", "sql"], Compose([("OTEL_EBPF_PROTOCOLS", "http,grpc,sql")]).Tracing.Protocols);
        Assert.Empty(_warnings);
        Assert.Contains("http, grpc, sql", Assert.Throws<SettingsException>(() => Read([("OTEL_EBPF_PROTOCOLS", "smtp")])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null, true, 1)]
    [InlineData(null, null, "50", true, 0.5)]
    [InlineData("", "0.1", "0", true, 0)]
    [InlineData("always_on", null, null, false, 1)]
    [InlineData("always_off", null, null, false, 0)]
    [InlineData("traceidratio", "0.25", null, false, 0.25)]
    [InlineData("traceidratio", null, null, false, 1)]
    [InlineData("parentbased_always_on", null, null, true, 1)]
    [InlineData("parentbased_always_off", null, null, true, 0)]
    [InlineData("parentbased_traceidratio", "0.25", null, true, 0.25)]
    public void The_sampler_is_what_the_specification_says(string? sampler, string? argument, string? rate, bool parentBased, double ratio)
    {
        Assert.Equal(
            new Sampling(parentBased, ratio),
            ReadSampling(("OTEL_TRACES_SAMPLER", sampler ?? ""), ("OTEL_TRACES_SAMPLER_ARG", argument ?? ""), ("OTEL_EBPF_SAMPLE_RATE", rate ?? "")));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void The_sampler_wins_over_the_rate_with_a_warning()
    {
        Assert.Equal(Sampling.AlwaysOn, ReadSampling(("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_EBPF_SAMPLE_RATE", "10")));
        Assert.Equal(["OTEL_TRACES_SAMPLER=always_on wins over the sample rate from OTEL_EBPF_SAMPLE_RATE"], _warnings);
    }

    [Theory]
    [InlineData("OTEL_TRACES_SAMPLER", "xray")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin")]
    [InlineData("OTEL_METRICS_EXPORTER", "console")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "a")]
    public void What_Sonde_does_not_have_is_passed_over_with_a_warning(string variable, string value)
    {
        SondeSettings settings = Compose([(variable, value)]);
        Assert.Equal(["console"], settings.Export.Traces.Select(exporter => exporter.Name));
        Assert.Empty(settings.Export.Metrics);
        Assert.Contains(variable, Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "console")]
    [InlineData(null, "http://c:4318", "otlp")]
    [InlineData("otlp", null, "otlp")]
    [InlineData("otlp, console", null, "otlp", "console")]
    [InlineData("console,console", null, "console")]
    [InlineData("none", "http://c:4318")]
    public void Spans_go_to_the_endpoint_when_there_is_one(string? exporter, string? endpoint, params string[] expected) => Assert.Equal(
        expected,
        Compose([("OTEL_TRACES_EXPORTER", exporter ?? ""), ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint ?? "")]).Export.Traces.Select(each => each.Name));

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("1", false)]
    [InlineData("", false)]
    public void Only_true_disables(string value, bool disabled) => Assert.Equal(disabled, Compose([("OTEL_SDK_DISABLED", value)]).Export.Disabled);

    [Fact]
    public void Resource_attributes_are_percent_decoded() => Assert.Equal(
        [new("service.name", "sonde-eu"), new("team", "a,b"), new("empty", "")],
        Compose([("OTEL_RESOURCE_ATTRIBUTES", "team=a%2Cb, empty="), ("OTEL_SERVICE_NAME", "sonde-eu")]).ResourceAttributes);

    [Fact]
    public void Everything_reaches_its_record()
    {
        SondeSettings settings = Compose(
            [],
            ("processes.include.ports", "443,8000-8999"), ("processes.max", "100"), ("console.status", "5xx,error"), ("console.name", "GET *"),
            ("console.min_duration", "1.5s"), ("metrics.max_series", "7"), ("tracing.routes.patterns", "/users/{id}"), ("tracing.redact_query", "false"));
        Assert.Equal([new PortRange(443, 443), new PortRange(8000, 8999)], settings.Discovery.Include.Ports);
        Assert.Equal(100, settings.Discovery.MaxProcesses);
        Assert.Equal(["/users/{id}"], settings.Tracing.ProtocolSettings.Http.Routes.Patterns);
        Assert.False(settings.Tracing.ProtocolSettings.Http.RedactQueryValues);
        Assert.Equal(["5xx", "error"], settings.Console.Filter.Statuses.Select(status => status.ToString()));
        Assert.True(Assert.IsType<Glob>(settings.Console.Filter.Name).Matches("GET /"u8));
        Assert.Null(settings.Console.Filter.Service);
        Assert.Equal(TimeSpan.FromSeconds(1.5), settings.Console.Filter.MinDuration);
        Assert.Equal(7, settings.Metrics.MaxSeries);
    }

    private SettingValues Read((string Name, string Value)[] environment, params (string, string)[] options) =>
        new SettingsSources { Environment = environment.ToDictionary(), Options = options }.Read(_warnings);

    private Sampling ReadSampling(params (string Name, string Value)[] environment) =>
        Sampling.Read(environment.ToDictionary().GetValueOrDefault, Read(environment), _warnings);

    private SondeSettings Compose((string Name, string Value)[] environment, params (string, string)[] options) =>
        SettingsComposition.Compose(Read(environment, options), environment.ToDictionary().GetValueOrDefault, _warnings);
}
