namespace Sonde.Probes.Tests.Metrics;

public sealed class ProbeSetTests
{
    private const string Probe = """
        description: Signals.
        program: |
          tracepoint:signal:signal_generate /args->sig == SIGNAL/ { @signals = count(); }
        metrics:
          - { map: "@signals", name: some.signals, unit: "{signal}", description: Signals., instrument: counter }
        """;

    [Fact]
    public async Task A_users_probe_is_loaded_changed_and_removed_while_others_run()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-probes-").FullName;
        string path = Path.Combine(folder, "some.yaml");
        await File.WriteAllTextAsync(path, Probe.Replace("SIGNAL", "23", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        using var probes = new RunningProbes(["tcp.resets"], folder);
        Task watching = probes.Set.WatchAsync(stop.Token);

        Assert.Equal(["some", "tcp.resets"], probes.Set.Names);
        RunningProbes.Python("import os\nfor i in range(3): os.kill(os.getpid(), 23)");
        Assert.InRange(probes.Count("some.signals"), 3, 300);

        // A broken file says where, and what ran before goes on.
        await File.WriteAllTextAsync(path, Probe.Replace("args->sig", "args->signal", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await SeeAsync(probes, $"{path}:3:44: ");
        Assert.Equal(["some", "tcp.resets"], probes.Set.Names);

        await File.WriteAllTextAsync(path, Probe.Replace("SIGNAL", "28", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await SeeAsync(probes, "has changed, and its probe runs");
        RunningProbes.Python("import os\nfor i in range(4): os.kill(os.getpid(), 28)");
        Assert.InRange(probes.Count("some.signals"), 4, 400);

        File.Delete(path);
        await SeeAsync(probes, "is gone, and its probe has ended");
        Assert.Equal(["tcp.resets"], probes.Set.Names);
        await stop.CancelAsync();
        await watching;
        Directory.Delete(folder, recursive: true);
    }

    private static async Task SeeAsync(RunningProbes probes, string part)
    {
        long end = Environment.TickCount64 + 10_000;
        while (!probes.Notices.Any(notice => notice.Contains(part, StringComparison.Ordinal)))
        {
            Assert.True(Environment.TickCount64 < end, $"'{part}' is not among: {string.Join(" | ", probes.Notices)}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
