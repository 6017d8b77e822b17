using System.Runtime.InteropServices;

namespace Sonde.Probes.Tests.Metrics;

public sealed partial class ProbeSetTests
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

    [Fact]
    public async Task The_first_program_that_the_machine_can_run_is_taken()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-probes-").FullName;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "some.yaml"),
            """
            description: Signals.
            program:
              - tracepoint:signal:signal_generate /args->nosuch == 23/ { @signals = count(); }
              - tracepoint:signal:signal_generate /args->sig == 23/ { @signals = sum(1); }
              - tracepoint:signal:signal_generate /args->sig == 23/ { @signals = sum(100); }
            metrics:
              - { map: "@signals", name: some.signals, unit: "{signal}", description: Signals., instrument: counter }
            """,
            TestContext.Current.CancellationToken);

        using var probes = new RunningProbes([], folder);
        RunningProbes.Python("import os\nfor i in range(3): os.kill(os.getpid(), 23)");

        Assert.Equal(["some"], probes.Set.Names);
        // Others on the machine get this signal as well, but not a hundred times as often.
        Assert.InRange(probes.Count("some.signals"), 3, 99);
        Assert.DoesNotContain(probes.Notices, notice => notice.Contains("does not run", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_a_probe_counted_before_it_changed_or_went_is_told()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-probes-").FullName, path = Path.Combine(folder, "some.yaml");
        await File.WriteAllTextAsync(path, CallsOf("some", 1), TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        using var probes = new RunningProbes([], folder);
        Task watching = probes.Set.WatchAsync(stop.Token);
        Call(1000);

        await File.WriteAllTextAsync(path, CallsOf("some", 1) + "# changed\n", TestContext.Current.CancellationToken);
        await SeeAsync(probes, "has changed, and its probe runs");
        Call(100);
        Assert.Equal(1100, probes.Count("some.calls"));
        Call(10);

        File.Delete(path);
        await SeeAsync(probes, "is gone, and its probe has ended");
        Assert.Equal(1110, probes.Count("some.calls"));
        await stop.CancelAsync();
        await watching;
        Directory.Delete(folder, recursive: true);

        static void Call(int times)
        {
            for (int i = 0; i < times; i++)
            {
                _ = getppid();
            }
        }
    }

    /// <summary>While one file changes again and again, another's probe misses nothing and counts nothing twice.</summary>
    [Fact]
    public async Task Counts_are_exact_while_other_probes_are_loaded_and_collections_are_made()
    {
        string folder = Directory.CreateTempSubdirectory("sonde-probes-").FullName, changing = Path.Combine(folder, "changing.yaml");
        await File.WriteAllTextAsync(Path.Combine(folder, "stable.yaml"), CallsOf("stable", 1), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(changing, CallsOf("changing", 1), TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        using var probes = new RunningProbes([], folder);
        Task watching = probes.Set.WatchAsync(stop.Token);
        bool isOver = false;
        Task<long>[] callers =
        [
            .. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    long calls = 0;
                    for (; !Volatile.Read(ref isOver); calls++)
                    {
                        _ = getppid();
                    }

                    return calls;
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];
        long last = 0;
        for (int change = 2; change < 5; change++)
        {
            await File.WriteAllTextAsync(changing, CallsOf("changing", change), TestContext.Current.CancellationToken);
            long end = Environment.TickCount64 + 10_000;
            while (probes.Notices.Count(notice => notice.Contains("has changed", StringComparison.Ordinal)) < change - 1)
            {
                Assert.True(Environment.TickCount64 < end, string.Join(" | ", probes.Notices));
                long now = probes.Count("stable.calls");
                Assert.True(now >= last);
                last = now;
            }
        }

        Volatile.Write(ref isOver, true);
        long made = (await Task.WhenAll(callers)).Sum();
        Assert.Equal(made, probes.Count("stable.calls"));
        Assert.True(made > 10_000, $"only {made} calls");
        await stop.CancelAsync();
        await watching;
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A probe that counts this process's calls of getppid by thread, so many of them together.</summary>
    private static string CallsOf(string name, int threads) => $$"""
        description: Calls.
        program: |
          tracepoint:raw_syscalls:sys_enter /pid == {{Environment.ProcessId}} && args->id == {{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 173 : 110)}}/ {
            @calls[tid / {{threads}}] = count();
          }
        metrics:
          - { map: "@calls", name: {{name}}.calls, unit: "{call}", description: Calls., instrument: counter, attributes: [{ key: thread }] }
        """;

    [LibraryImport("libc")]
    private static partial int getppid();

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
