using System.Diagnostics.Metrics;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;
using Sonde.Probes.Tests.Metrics;

namespace Sonde.Probes.Tests.Linq;

/// <summary>Queries in the kernel, on events whose number is known.</summary>
public sealed class KernelQueryTests
{
    private const string Kills = "import os\nfor i in range(9):\n  try: os.kill(2**22 - 1 - i, 0)\n  except ProcessLookupError: pass";

    /// <summary>ESRCH, negated.</summary>
    private const int NoSuchProcess = -3;

    [Fact]
    public void Aggregations_add_up_what_happened()
    {
        KernelQuery<Kill> kills = Kernel.Tracepoint<Kill>().Where(e => e.ProcessName == "python3" && e.Pid > 4_000_000);
        using KernelAggregation<int, long> count = kills.GroupBy(e => e.ProcessId).Count();
        using KernelAggregation<NoKey, long> sum = kills.Sum(e => e.Pid), least = kills.Min(e => e.Pid), greatest = kills.Max(e => e.Pid);
        using KernelAggregation<NoKey, double> mean = kills.Average(e => e.Pid);
        using KernelAggregation<NoKey, KernelHistogram> histogram = kills.Histogram(e => e.Pid);
        count.Start();
        sum.Start();
        least.Start();
        greatest.Start();
        mean.Start();
        histogram.Start();

        int pid = RunningProbes.Python(Kills);

        Assert.Equal(new Dictionary<int, long> { [pid] = 9 }, count.Read());
        Assert.Equal((9 * 4_194_303) - 36, sum.Read()[default]);
        Assert.Equal(4_194_295, least.Read()[default]);
        Assert.Equal(4_194_303, greatest.Read()[default]);
        Assert.Equal(4_194_299, mean.Read()[default]);
        KernelHistogram values = histogram.Read()[default];
        Assert.Equal((9, (9 * 4_194_303) - 36, 4_194_295, 4_194_303), (values.Count, values.Sum, values.Minimum, values.Maximum));
        Assert.Equal([new HistogramBucket(1 << 21, (1 << 22) - 1, 9)], values.Buckets);
        int other = RunningProbes.Python(Kills);
        Assert.Equal(new Dictionary<int, long> { [pid] = 9, [other] = 9 }, count.Read());
    }

    [Fact]
    public void Keys_are_anonymous_tuples_and_records()
    {
        KernelQuery<SysExit> failed = Kernel.Tracepoint<SysExit>().Where(e => e.Result == NoSuchProcess && e.ThreadName == "python3");
        using var anonymous = failed.GroupBy(e => new { e.ProcessName, Error = -e.Result }).Count();
        using var tuple = failed.GroupBy(e => ValueTuple.Create(e.Result, e.ThreadName)).Count();
        using var record = failed.GroupBy(e => new Failure(e.ProcessName, (int)e.Result)).Count();
        anonymous.Start();
        tuple.Start();
        record.Start();

        RunningProbes.Python(Kills);

        Assert.Equal(9, anonymous.Read()[new { ProcessName = "python3", Error = 3L }]);
        Assert.Equal(9, tuple.Read()[(-3, "python3")]);
        Assert.Equal(9, record.Read()[new("python3", -3)]);
    }

    [Fact]
    public async Task Events_come_one_by_one_in_order()
    {
        KernelQuery<Kill> kills = Kernel.Tracepoint<Kill>().Where(e => e.ProcessName == "python3" && e.Pid > 4_000_000);
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(30));
        List<Kill> seen = [];
        Task process = Task.CompletedTask;
        IAsyncEnumerator<Kill> events = kills.GetAsyncEnumerator(timeout.Token);
        await using (events.ConfigureAwait(true))
        {
            ValueTask<bool> next = events.MoveNextAsync();
            process = Task.Run(() =>
            {
                while (!next.IsCompleted)
                {
                    RunningProbes.Python(Kills);
                }
            }, timeout.Token);
            while (seen.Count < 9 && await next)
            {
                seen.Add(events.Current);
                next = seen.Count < 9 ? events.MoveNextAsync() : default;
            }
        }

        await process;
        Assert.Equal(Enumerable.Range(0, 9).Select(i => 4_194_303L - i), seen.Select(each => each.Pid));
        Assert.All(seen, each => Assert.Equal(("python3", "python3", seen[0].ProcessId), (each.ProcessName, each.ThreadName, each.ProcessId)));
        Assert.True(seen[0].Timestamp > 0 && seen.Zip(seen.Skip(1)).All(pair => pair.First.Timestamp < pair.Second.Timestamp));
        Assert.Equal(0, kills.LostEvents);
    }

    [Fact]
    public void A_latency_is_between_two_events()
    {
        using var sleeps = Kernel.Latency(Kernel.Tracepoint<SleepBegins>(), Kernel.Tracepoint<SleepEnds>(), e => e.ThreadId)
            .Where(e => e.Nanoseconds >= 2_000_000)
            .GroupBy(e => e.End.ProcessId)
            .Histogram(e => e.Nanoseconds);
        sleeps.Start();

        int pid = RunningProbes.Python("import time\nfor i in range(7): time.sleep(0.003)");

        KernelHistogram slept = sleeps.Read()[pid];
        Assert.Equal(7, slept.Count);
        Assert.InRange(slept.Minimum, 3_000_000, 1_000_000_000);
    }

    [Fact]
    public void A_latency_knows_what_its_start_was()
    {
        using var calls = Kernel.Latency(Kernel.Uprobe<GetAddrInfo>().Where(e => e.ThreadName == "python3"), Kernel.Uprobe<GetAddrInfoReturn>(), e => e.ThreadId)
            .Where(e => e.Start.Host.StartsWith("127.0.0.", StringComparison.Ordinal))
            .GroupBy(e => new { e.Start.Host, e.End.ProcessId, e.End.Error })
            .Count();
        calls.Start();

        int pid = RunningProbes.Python(
            "import socket\nfor i in (1, 2, 2, 3): socket.getaddrinfo(f'127.0.0.{i}', 80)\nsocket.getaddrinfo('::1', 80)");

        Assert.Equal(
            [("127.0.0.1", pid, 0, 1L), ("127.0.0.2", pid, 0, 2L), ("127.0.0.3", pid, 0, 1L)],
            calls.Read().Where(each => each.Key.ProcessId == pid).Select(each => (each.Key.Host, each.Key.ProcessId, each.Key.Error, each.Value)).Order());
    }

    [Fact]
    public async Task Pairs_are_told_one_by_one()
    {
        var calls = Kernel.Latency(Kernel.Uprobe<GetAddrInfo>(), Kernel.Uprobe<GetAddrInfoReturn>(), e => e.ThreadId)
            .Where(e => e.Start.Host == "127.0.0.77")
            .Select(e => new { e.Start, e.End.Error, e.Nanoseconds });
        await using var reader = calls.GetAsyncEnumerator(TestContext.Current.CancellationToken);
        ValueTask<bool> first = reader.MoveNextAsync();
        using var stop = new CancellationTokenSource();
        int pid = 0;
        Task calling = Task.Run(
            () =>
            {
                // Whoever reads event by event is not told when all is attached.
                while (!stop.IsCancellationRequested)
                {
                    pid = RunningProbes.Python("import socket; socket.getaddrinfo('127.0.0.77', 80)");
                }
            },
            TestContext.Current.CancellationToken);
        Assert.True(await first);
        await stop.CancelAsync();
        await calling;

        Assert.Equal(("127.0.0.77", "python3", 0), (reader.Current.Start.Host, reader.Current.Start.ProcessName, reader.Current.Error));
        Assert.True(pid > 0 && reader.Current.Start.ProcessId > 0 && reader.Current.Nanoseconds > 0);
    }

    [Fact]
    public void Instruments_tell_what_was_counted()
    {
        using Meter meter = new("test");
        using var kills = Kernel.Tracepoint<Kill>().Where(e => e.ProcessName == "python3" && e.Pid > 4_000_000).GroupBy(e => new { e.ProcessName, State = TcpState.SynSent, e.Pid }).Count();
        using var values = Kernel.Tracepoint<Kill>().Where(e => e.ProcessName == "python3" && e.Pid > 4_000_000).GroupBy(e => e.ProcessName).Histogram(e => e.Pid);
        meter.CreateKernelCounter("kills", kills);
        Histogram<double> histogram = meter.CreateKernelHistogram("pids", values, unit: "ms", countedIn: "us", attributes: ["process.name"]);
        Assert.Throws<ArgumentException>(() => meter.CreateKernelHistogram("wrong", values, unit: "By", countedIn: "ns"));
        Assert.Throws<ArgumentException>(() => meter.CreateKernelCounter("wrong", kills, attributes: ["one"]));
        List<(long Value, string Attributes)> counted = [];
        List<double> recorded = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Add((value, string.Join(' ', tags.ToArray()))));
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => recorded.Add(tags[0] is { Key: "process.name", Value: "python3" } ? value : double.NaN));
        listener.Start();

        RunningProbes.Python(Kills);
        listener.RecordObservableInstruments();

        Assert.Equal(9, counted.Count);
        Assert.Contains((1, "[process_name, python3] [state, syn_sent] [pid, 4194303]"), counted);
        Assert.Equal((9, 4194.295, 4194.303), (recorded.Count, recorded.Min(), recorded.Max()));
        Assert.Equal((9 * 4194.303) - 0.036, recorded.Sum(), 6);
        Assert.Contains(4194.303, histogram.Advice!.HistogramBucketBoundaries!);
    }

    [Fact]
    public void What_a_full_map_refused_is_counted()
    {
        using var kills = Kernel.Tracepoint<Kill>().Where(e => e.ProcessName == "python3" && e.Pid > 4_000_000).GroupBy(e => e.Pid, maxKeys: 2).Count();
        kills.Start();

        RunningProbes.Python(Kills);

        Assert.Equal(9, kills.Read().Values.Sum() + kills.Refused);
        Assert.True(kills.Refused > 0);
    }

    public sealed record Failure(string Name, int Error);

    [Tracepoint("syscalls", "sys_enter_kill")]
    public sealed record Kill : KernelEvent
    {
        public long Pid { get; init; }
    }

    [Tracepoint("syscalls", "sys_enter_clock_nanosleep")]
    public sealed record SleepBegins : KernelEvent;

    [Tracepoint("syscalls", "sys_exit_clock_nanosleep")]
    public sealed record SleepEnds : KernelEvent;
}
