using System.Diagnostics;
using System.Runtime.InteropServices;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

public sealed partial class ProbeSessionTests
{
    private static readonly OnceTarget _begin = new("BEGIN", IsEnd: false), _end = new("END", IsEnd: true);

    private static int SystemCall => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 173 : 110; // getppid

    private static RawTracepointTarget EveryCall { get; } = new("rawtracepoint:sys_enter", "sys_enter", 0);

    [Fact]
    public void Begin_comes_first_intervals_tick_exit_ends_and_end_comes_last()
    {
        CompiledUnit unit = new HandWritten()
            .Sending(ProgramKind.RawTracepoint, [1, 2], exits: false, _begin)
            .Sending(ProgramKind.RawTracepoint, [7], exits: false, new IntervalTarget("interval:ms:5", TimeSpan.FromMilliseconds(5)))
            .Sending(ProgramKind.RawTracepoint, [8], exits: true, new IntervalTarget("interval:ms:60", TimeSpan.FromMilliseconds(60)))
            .Sending(ProgramKind.RawTracepoint, [9], exits: false, _end)
            .Build();
        RecordedEvents events = new();
        using ProbeSession session = ProbeSession.Load(unit);
        long begun = Stopwatch.GetTimestamp();
        session.Run(events, cancellation: TestContext.Current.CancellationToken);

        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMilliseconds(59));
        Assert.Equal([1L, 2L, 7L], events.Numbers[..3]);
        Assert.Equal(9, events.Numbers[^1]);
        Assert.Single(events.Numbers, 8L);
        Assert.True(events.Numbers.Count(each => each == 7) <= 13, "no more ticks than periods");
        Assert.Equal(0, events.Lost);
    }

    [Fact]
    public void Cancelling_ends_a_run_that_nothing_else_ends()
    {
        CompiledUnit unit = new HandWritten().Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall).Build();
        using CancellationTokenSource source = new();
        using ProbeSession session = ProbeSession.Load(unit);
        session.Run(new RecordedEvents(), started: source.Cancel, source.Token);
        Assert.Single(session.Figures.Programs);
    }

    [Fact]
    public void What_the_ring_buffer_has_no_room_for_is_counted()
    {
        int[] many = [.. Enumerable.Range(0, 300)];
        CompiledUnit unit = new HandWritten().Sending(ProgramKind.RawTracepoint, many, exits: true, _begin).Build();
        RecordedEvents events = new();
        using ProbeSession session = ProbeSession.Load(unit);
        using CancellationTokenSource source = new();
        session.Run(events, started: source.Cancel, source.Token);
        Assert.Equal(4096 / 24, events.Numbers.Count); // 8 bytes of header, 16 of record
        Assert.Equal(301 - events.Numbers.Count, events.Lost);
        Assert.Equal(events.Lost, session.Figures.LostEvents);
    }

    [Fact]
    public void One_attach_point_that_is_missing_is_a_warning_all_are_an_error()
    {
        RawTracepointTarget missing = new("rawtracepoint:no_such_event", "no_such_event", 0);
        CompiledUnit half = new HandWritten().Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall, missing).Build();
        using (ProbeSession session = ProbeSession.Load(half))
        {
            session.Start(new RecordedEvents());
            Assert.Contains("no_such_event", Assert.Single(session.Warnings), StringComparison.Ordinal);
        }

        CompiledUnit none = new HandWritten().Counting(ProgramKind.RawTracepoint, SystemCall, missing).Build();
        using (ProbeSession session = ProbeSession.Load(none))
        {
            ProbeException failure = Assert.Throws<ProbeException>(() => session.Start(new RecordedEvents()));
            Assert.Contains("no_such_event", failure.Message, StringComparison.Ordinal);
            Assert.Equal(none.Programs[0].Source.Span, failure.Span);
        }

        using (ProbeSession session = ProbeSession.Load(none, new() { ObstacleOf = target => $"No {target.Name} here: use another." }))
        {
            ProbeException failure = Assert.Throws<ProbeException>(() => session.Start(new RecordedEvents()));
            Assert.Equal("No rawtracepoint:no_such_event here: use another.", failure.Message);
        }
    }

    [Fact]
    public void Programs_of_the_same_instructions_are_loaded_once_but_for_one_place()
    {
        CompiledUnit unit = new HandWritten()
            .Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall)
            .Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall)
            .Counting(ProgramKind.RawTracepoint, SystemCall, new RawTracepointTarget("rawtracepoint:sched_switch", "sched_switch", 0))
            .Build();
        using ProbeSession session = ProbeSession.Load(unit);
        session.Start(new RecordedEvents());
        Assert.Equal(2, session.Figures.Programs.Count);
        _ = getppid();
        Assert.Equal(new NumberCell(2), Assert.Single(session.Read(unit.Source.Maps[0]).Rows).Cell);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Counts_are_exact_however_often_they_are_collected(bool isKeyed)
    {
        const int Collections = 40;
        CompiledUnit unit = new HandWritten(isKeyed).Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall).Build();
        using ProbeSession session = ProbeSession.Load(unit);
        session.Start(new RecordedEvents());
        bool isOver = false;
        Task<long>[] workers =
        [
            .. Enumerable.Range(0, Math.Max(2, Environment.ProcessorCount)).Select(_ => Task.Factory.StartNew(
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
        long total = 0;
        for (int i = 0; i < Collections; i++)
        {
            total += Sum(session.Drain());
        }

        Volatile.Write(ref isOver, true);
        long made = (await Task.WhenAll(workers)).Sum();
        total += Sum(session.Drain());
        Assert.Equal(made, total);
        Assert.True(made > 100_000, $"only {made} calls");
        Assert.Equal(0, Sum(session.Drain()) + Sum(session.Drain()));
        Assert.Equal(0, session.Figures.RecursionMisses);
        TestContext.Current.TestOutputHelper?.WriteLine($"{made} calls in {Collections} collections");
    }

    [Fact]
    public void A_map_is_cleared_and_set_to_zero()
    {
        HandWritten written = new HandWritten(isKeyed: true).Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall);
        using ProbeSession session = ProbeSession.Load(written.Build());
        session.Start(new RecordedEvents());
        _ = getppid();
        _ = getppid();
        MapRow row = Assert.Single(session.Read(written.Map).Rows);
        Assert.Equal(8, row.Key.Length);
        Assert.Equal(new NumberCell(2), row.Cell);
        session.Zero(written.Map);
        Assert.Equal(new NumberCell(0), Assert.Single(session.Read(written.Map).Rows).Cell);
        _ = getppid();
        session.Clear(written.Map);
        Assert.Empty(session.Read(written.Map).Rows);
    }

    [Fact]
    public void A_command_waits_for_the_probes_and_its_end_ends_the_session()
    {
        using ProbedCommand command = ProbedCommand.Start(["sh", "-c", "exit 3"]);
        CompiledUnit unit = new HandWritten().Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall).Build();
        using ProbeSession session = ProbeSession.Load(unit, new() { ProcessId = command.ProcessId });
        Assert.Null(command.ExitCode);
        session.Run(new RecordedEvents(), started: command.Release, TestContext.Current.CancellationToken);
        Assert.Equal(3, command.ExitCode);
        Assert.Contains("no such executable", Assert.Throws<ProbeException>(() => ProbedCommand.Start(["no-such-command"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_of_a_process_that_is_gone_ends_at_once()
    {
        using ProbedCommand command = ProbedCommand.Start(["true"]);
        command.Release();
        SpinWait.SpinUntil(() => command.ExitCode is not null);
        CompiledUnit unit = new HandWritten().Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall).Build();
        using ProbeSession session = ProbeSession.Load(unit, new() { ProcessId = command.ProcessId });
        session.Run(new RecordedEvents(), cancellation: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Loading_and_attaching_takes_a_moment()
    {
        CompiledUnit unit = new HandWritten()
            .Sending(ProgramKind.RawTracepoint, [1], exits: false, _begin)
            .Counting(ProgramKind.RawTracepoint, SystemCall, EveryCall)
            .Build();
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            using ProbeSession session = ProbeSession.Load(unit);
            session.Start(new RecordedEvents());
            TimeSpan took = Stopwatch.GetElapsedTime(begun);
            best = took < best ? took : best;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{best.TotalMilliseconds} ms");
        Assert.True(best < TimeSpan.FromMilliseconds(60), $"{best.TotalMilliseconds} ms");
    }

    private static long Sum(IReadOnlyList<MapSnapshot> drained) =>
        drained.SelectMany(each => each.Rows).Sum(each => Assert.IsType<NumberCell>(each.Cell).Value);

    [LibraryImport("libc")]
    private static partial int getppid();
}
