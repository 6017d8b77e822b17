using System.Diagnostics;
using System.Text.Json;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>How Sonde starts, refuses to start, and ends.</summary>
public sealed class LifecycleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task An_interrupt_ends_it_within_5_seconds_with_everything_said_and_nothing_left_behind()
    {
        const int Requests = 500;
        string[] before = await ProgramsAsync();
        await using SondeProcess sonde = await SondeProcess.StartAsync();
        string[] own = [.. (await ProgramsAsync()).Except(before)];
        Assert.NotEmpty(own);
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        using Caller caller = new(server.Port, keepAlive: true);
        for (int i = 0; i < Requests; i++)
        {
            await caller.CallAsync("GET", "/hello");
        }

        Stopwatch elapsed = Stopwatch.StartNew();
        sonde.Process.Signal(ChildProcess.Interrupt);
        await sonde.Process.WaitForExitAsync(Patience);
        Assert.InRange(elapsed.Elapsed.TotalSeconds, 0, 5);
        Assert.Equal(0, sonde.Process.ExitCode);
        Assert.Equal(Requests, sonde.Spans.Where(span => span.Kind == "server" && span.Port == server.Port).Length);
        Assert.Equal(Requests, sonde.Spans.Where(span => span.Kind == "client" && span.Port == server.Port).Length);
        // The kernel frees programs after a grace period of its own.
        Stopwatch patience = Stopwatch.StartNew();
        while ((await ProgramsAsync()).Intersect(own).Any() && patience.Elapsed < Patience)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Empty((await ProgramsAsync()).Intersect(own));
    }

    /// <summary>linux/capability.h: DAC_READ_SEARCH, SYS_PTRACE, SYS_NICE, BPF.</summary>
    private const ulong NeededToTrace = 1ul << 2 | 1ul << 19 | 1ul << 23 | 1ul << 39;

    /// <summary>The same, PERFMON and CHECKPOINT_RESTORE: for attaching to probes' libraries and to those of TLS.</summary>
    private const ulong NeededToAttach = NeededToTrace | 1ul << 38 | 1ul << 40;

    /// <summary>SYS_ADMIN, where Debian's kernels ask for it (kernel.perf_event_paranoid).</summary>
    private static ulong NeededForEvents => int.Parse(File.ReadAllText("/proc/sys/kernel/perf_event_paranoid")) > 2 ? 1ul << 21 : 0;

    [Fact]
    public async Task Once_it_is_ready_no_thread_holds_more_than_it_still_needs()
    {
        await using SondeProcess sonde = await SondeProcess.StartAsync(new() { ["SONDE_TRACING_TLS"] = "false" });
        AssertHold(NeededToTrace, sonde);
    }

    [Fact]
    public async Task With_probes_it_keeps_what_attaching_needs_before_and_after_they_are_on()
    {
        await using SondeProcess sonde = await SondeProcess.StartAsync(new() { ["OTEL_METRICS_EXPORTER"] = "prometheus", ["OTEL_EXPORTER_PROMETHEUS_PORT"] = "0" });
        AssertHold(NeededToAttach | NeededForEvents, sonde);
        for (Stopwatch patience = Stopwatch.StartNew(); !sonde.Process.Errors.Contains("probes are on", StringComparison.Ordinal);)
        {
            Assert.True(patience.Elapsed < Patience, sonde.Process.Errors);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        AssertHold(NeededToAttach | NeededForEvents, sonde);
        // That of the mapped files, which attaches to libraries that come later, is among them.
        Assert.Contains(Directory.GetDirectories($"/proc/{sonde.Process.Id}/task"), thread => File.ReadAllText(thread + "/comm").Trim() == "sonde-mappings");
    }

    private static void AssertHold(ulong most, SondeProcess sonde)
    {
        string[] threads = Directory.GetDirectories($"/proc/{sonde.Process.Id}/task");
        Assert.True(threads.Length > 2);
        Assert.All(threads, thread =>
        {
            string line = File.ReadLines(thread + "/status").Single(each => each.StartsWith("CapPrm:", StringComparison.Ordinal));
            Assert.Equal(0ul, Convert.ToUInt64(line["CapPrm:".Length..].Trim(), 16) & ~most);
        });
    }

    [Theory]
    [InlineData("OTEL_EBPF_SAMPLE_RATE", "a lot")]
    [InlineData("OTEL_EBPF_SAMPLE_RATE", "101")]
    [InlineData("OTEL_EBPF_PROTOCOLS", "carrier-pigeon")]
    [InlineData("SONDE_TRACING_QUIET_AFTER", "soon")]
    public async Task A_bad_setting_is_refused_in_one_line_that_names_it(string name, string value)
    {
        ChildProcess process = await RunAsync(Repository.Agent, ["run"], new() { [name] = value });
        Assert.Equal(2, process.ExitCode);
        AssertOneLine(process.Errors);
        Assert.Contains(name, process.Errors, StringComparison.Ordinal);
    }

    /// <summary>OpenTelemetry's specification wants its own variables warned about and otherwise ignored.</summary>
    [Fact]
    public async Task A_bad_variable_of_OpenTelemetry_is_warned_about_once()
    {
        await using SondeProcess sonde = await SondeProcess.StartAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "not an address" });
        Assert.Single(sonde.Process.Errors.Split('\n'), line => line.Contains("OTEL_EXPORTER_OTLP_ENDPOINT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_option_is_refused() =>
        Assert.Equal(2, (await RunAsync(Repository.Agent, ["run", "--no-such-option"])).ExitCode);

    [Fact]
    public async Task Missing_privileges_are_told_in_one_sentence()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Giving privileges up needs them.");
        // Where everybody may read it.
        using TemporaryFolder folder = new();
        string agent = Path.Combine(folder.Path, "sonde");
        File.Copy(Repository.Agent, agent);
        ChildProcess process = await RunAsync("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps", "-all", "--bounding-set", "-all", agent, "run"]);
        Assert.Equal(1, process.ExitCode);
        AssertOneLine(process.Errors);
        Assert.Contains("CAP_BPF", process.Errors, StringComparison.Ordinal);
    }

    private static void AssertOneLine(string errors)
    {
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private static async Task<ChildProcess> RunAsync(string program, string[] arguments, Dictionary<string, string>? environment = null)
    {
        ChildProcess process = ChildProcess.Start(program, arguments, environment);
        try
        {
            await process.WaitForExitAsync(Patience);
        }
        catch (TimeoutException)
        {
            await process.DisposeAsync();
            throw;
        }

        return process;
    }

    /// <summary>The BPF programs that are loaded on the machine.</summary>
    private static async Task<string[]> ProgramsAsync()
    {
        List<string> output = [];
        await using ChildProcess bpftool = ChildProcess.Start("bpftool", ["--json", "prog", "list"], listen: process => process.Output += output.Add);
        await bpftool.WaitForExitAsync(Patience);
        using JsonDocument programs = JsonDocument.Parse(string.Concat(output));
        return [.. programs.RootElement.EnumerateArray().Select(program => $"{program.GetProperty("id")} {(program.TryGetProperty("name", out JsonElement name) ? name : default)}")];
    }
}
