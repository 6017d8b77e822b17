using CsCheck;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Account;

namespace Sonde.Tracing.Tests.Account;

/// <summary>What the difference of two marks says of the time between them.</summary>
public sealed class TimeAccountTests
{
    private const ulong Millisecond = 1_000_000;

    private static readonly Gen<ulong> s_counter = Gen.Frequency((4, Gen.ULong[0, 1000 * Millisecond]), (1, Gen.ULong));

    private static readonly Gen<Mark> s_mark = Gen.Select(
        Gen.Select(s_counter, s_counter, s_counter, s_counter), Gen.Select(s_counter, s_counter, s_counter),
        (first, second) => new Mark
        {
            RunQueue = first.Item1,
            Throttled = first.Item2,
            BlockIo = first.Item3,
            Lock = first.Item4,
            Network = second.Item1,
            Sleep = second.Item2,
            Waited = second.Item3,
            Tid = 1,
        });

    private static UInt128 Sum(TimeAccount time) =>
        (UInt128)time.OnCpu + time.RunQueue + time.BlockIo + time.Lock + time.Network + time.Sleep + time.OffThread;

    [Fact]
    public void The_parts_make_up_the_duration_whatever_the_marks_are() =>
        Gen.Select(s_mark, s_mark, s_counter, Gen.Bool).Sample((start, end, duration, isServer) =>
        {
            TimeAccount time = TimeAccount.Between(start, end, duration, isServer);
            Assert.Equal((UInt128)duration, Sum(time));
            Assert.True(time.Throttled <= time.RunQueue);
        });

    [Fact]
    public void What_the_counters_do_not_hold_was_spent_on_a_processor()
    {
        var start = new Mark { Tid = 1, RunQueue = 5, Lock = 7, BlockIo = 11, Sleep = 13, Network = 17 };
        var end = new Mark
        {
            Tid = 1,
            RunQueue = 5 + (1 * Millisecond),
            Lock = 7 + (2 * Millisecond),
            BlockIo = 11 + (4 * Millisecond),
            Sleep = 13 + (8 * Millisecond),
            Network = 17 + (16 * Millisecond),
        };
        TimeAccount time = TimeAccount.Between(start, end, 63 * Millisecond, isServer: true);
        Assert.Equal(new TimeAccount(32, 1, 4, 2, 16, 8, 0, 0), Scaled(time));
    }

    [Theory]
    [InlineData(true, 20, 10)]
    [InlineData(false, 10, 20)]
    public void A_wait_for_the_connection_itself_is_network_for_the_client_alone(bool isServer, ulong network, ulong sleep)
    {
        var end = new Mark { Tid = 1, Network = 30 * Millisecond, Waited = 10 * Millisecond };
        TimeAccount time = TimeAccount.Between(default, end, 40 * Millisecond, isServer);
        Assert.Equal((network, sleep, 10ul), (Scaled(time).Network, Scaled(time).Sleep, Scaled(time).OnCpu));
    }

    [Fact]
    public void Time_without_a_thread_is_nobodys() =>
        Assert.Equal(new TimeAccount(0, 0, 0, 0, 0, 0, 25, 0), Scaled(TimeAccount.Unknown(25 * Millisecond)));

    [Fact]
    public void The_connections_counters_may_wrap()
    {
        var start = new Mark { Tid = 1, Retransmits = uint.MaxValue, RetransmitWait = uint.MaxValue - 99 };
        var end = new Mark { Tid = 2, Retransmits = 1, RetransmitWait = 400, RoundTrip = 250 };
        Assert.Equal(
            new SocketAccount(2, 500_000, 250_000, 0), SocketAccount.Between(start, end, 3 * Millisecond, connect: 0));
        Assert.Equal(100_000ul, SocketAccount.Between(start, end, 100_000, connect: 0).RetransmitWait);
        Assert.Equal(default, SocketAccount.Between(default, end, 3 * Millisecond, connect: 0));
    }

    private static TimeAccount Scaled(TimeAccount time) => new(
        time.OnCpu / Millisecond, time.RunQueue / Millisecond, time.BlockIo / Millisecond, time.Lock / Millisecond, time.Network / Millisecond,
        time.Sleep / Millisecond, time.OffThread / Millisecond, time.Throttled / Millisecond);
}
