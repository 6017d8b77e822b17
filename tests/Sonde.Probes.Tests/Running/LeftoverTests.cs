using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

/// <summary>Runs alone: the process's descriptors are counted.</summary>
[Collection(nameof(LeftoverTests))]
[CollectionDefinition(nameof(LeftoverTests), DisableParallelization = true)]
public sealed class LeftoverTests
{
    [Fact]
    public void A_session_leaves_no_program_map_link_event_or_thread_behind()
    {
        RunOnce();
        (int descriptors, int threads) = (Descriptors(), WatchingThreads());
        RunOnce();
        Assert.Equal((descriptors, threads), (Descriptors(), WatchingThreads()));
    }

    [Fact]
    public void One_that_could_not_start_leaves_nothing_behind_either()
    {
        FailOnce();
        int descriptors = Descriptors();
        FailOnce();
        Assert.Equal(descriptors, Descriptors());
    }

    private static void RunOnce()
    {
        CompiledUnit unit = new HandWritten(isKeyed: true)
            .Sending(ProgramKind.RawTracepoint, [1], exits: false, new OnceTarget("BEGIN", IsEnd: false))
            .Sending(ProgramKind.RawTracepoint, [2], exits: true, new IntervalTarget("interval:ms:1", TimeSpan.FromMilliseconds(1)))
            .Counting(ProgramKind.RawTracepoint, 1, new RawTracepointTarget("rawtracepoint:sys_enter", "sys_enter", 0))
            .Counting(ProgramKind.Kprobe, null, new UprobeTarget("uprobe:libc:getaddrinfo", null, "libc", "getaddrinfo", 0, IsReturn: false))
            .Counting(ProgramKind.PerfEvent, null, new ProfileTarget("profile:hz:99", 99, IsFrequency: true))
            .Build();
        RecordedEvents events = new();
        using ProbeSession session = ProbeSession.Load(unit);
        session.Run(events, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains(2L, events.Numbers);
        Assert.Empty(session.Warnings);
        session.Drain();
    }

    private static void FailOnce()
    {
        CompiledUnit unit = new HandWritten()
            .Counting(ProgramKind.RawTracepoint, 1, new RawTracepointTarget("rawtracepoint:sys_enter", "sys_enter", 0))
            .Counting(ProgramKind.RawTracepoint, 1, new RawTracepointTarget("rawtracepoint:nothing", "nothing", 0))
            .Build();
        using ProbeSession session = ProbeSession.Load(unit);
        Assert.Throws<ProbeException>(() => session.Start(new RecordedEvents()));
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd")
        .Count(each => new FileInfo(each).LinkTarget is { } target && (target.Contains("bpf", StringComparison.Ordinal) || target.Contains("perf", StringComparison.Ordinal) || target.Contains("event", StringComparison.Ordinal)));

    private static int WatchingThreads() => Directory.GetDirectories("/proc/self/task")
        .Count(each => File.ReadAllText($"{each}/comm").StartsWith("sonde-", StringComparison.Ordinal));
}
