using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Tracing.Sampling;
using Xunit;

namespace Sonde.Agent.Tests.Commands;

public sealed class SondeCommandLineTests : IDisposable
{
    private readonly StringWriter _output = new();
    private SondeSettings? _traced;

    public void Dispose() => _output.Dispose();

    [Theory]
    [InlineData("run", "--nosuch")]
    [InlineData("nosuch")]
    [InlineData("run", "--set", "tracing.quiet_after")]
    [InlineData("run", "--set", "tracing.quiet_after=soon")]
    [InlineData("run", "--status")]
    [InlineData("top", "--for", "soon")]
    [InlineData("probe")]
    [InlineData("probe", "/nonexistent.bt")]
    [InlineData("probe", "--format", "xml", "-e", "BEGIN { }")]
    public async Task Wrong_usage_ends_with_2_before_anything_is_traced(params string[] arguments)
    {
        Assert.Equal(2, await RunAsync(arguments));
        Assert.Null(_traced);
    }

    [Theory]
    [InlineData("sonde run --status error", "--help")]
    [InlineData("--min-duration <10ms>", "run", "--help")]
    [InlineData("sonde 0.1.0\n", "--version")]
    [InlineData("tracing.quiet_after", "settings")]
    [InlineData("5s", "settings", "--set", "tracing.quiet_after=5s")]
    [InlineData("# Settings", "settings", "--markdown")]
    [InlineData("probes.folder", "settings")]
    [InlineData("--list <pattern>", "probe", "--help")]
    public async Task What_only_tells_ends_with_0(string expected, params string[] arguments)
    {
        Assert.Equal(0, await RunAsync(arguments));
        Assert.Contains(expected, _output.ToString(), StringComparison.Ordinal);
        Assert.Null(_traced);
    }

    [Fact]
    public async Task Options_reach_the_tracer()
    {
        Assert.Equal(0, await RunAsync("run", "--min-duration", "10ms", "--service", "shop", "--set", "tracing.max_connections=2000"));
        Assert.Equal(TimeSpan.FromMilliseconds(10), _traced!.Console.Filter.MinDuration);
        Assert.Equal("shop", _traced.Console.Filter.Service!.ToString());
        Assert.Equal(2000, _traced.Tracing.MaxConnections);
    }

    [Fact]
    public async Task Top_sees_every_request_and_sends_none()
    {
        Assert.Equal(0, await RunAsync("top", "--for", "1ms"));
        Assert.Same(Sampler.AlwaysOn, _traced!.Tracing.Sampler);
        Assert.Empty(_traced.Export.Traces);
        Assert.Empty(_traced.Export.Metrics);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("top")]
    public async Task A_machine_that_cannot_be_traced_ends_with_1(string command) =>
        Assert.Equal(1, await new SondeCommandLine([RunCommand.Create(Refuse), TopCommand.Create(Refuse)]).RunAsync([command], TextWriter.Null));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task The_doctor_decides_the_exit_status(int status) =>
        Assert.Equal(status, await new SondeCommandLine([DoctorCommand.Create((_, _) => status)]).RunAsync(["doctor"], TextWriter.Null));

    private static RunTracer Refuse(SondeSettings settings) => throw new CannotRunException("CAP_BPF is missing: run it with sudo");

    private Task<int> RunAsync(params string[] arguments)
    {
        LoadTracer load = settings => (_, ready, _) =>
        {
            _traced = settings;
            ready("nothing is traced");
            return Task.CompletedTask;
        };
        return new SondeCommandLine([RunCommand.Create(load), TopCommand.Create(load), ProbeCommand.Create(), SettingsCommand.Create()]).RunAsync(arguments, _output);
    }
}
