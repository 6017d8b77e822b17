using System.Text;
using Sonde.Tracing.Account;

namespace Sonde.Tracing.Tests.Account;

/// <summary>The line that says what took most of a span's time.</summary>
public sealed class CauseTests
{
    private const ulong Millisecond = 1_000_000;

    private static string Line(TimeAccount time, SocketAccount socket, ulong duration, bool isServer = true, string server = "", int port = 0)
    {
        var cause = Cause.Of(time, socket, duration, isServer);
        if (cause.Name.IsEmpty)
        {
            return "";
        }

        byte[] line = new byte[256];
        return Encoding.UTF8.GetString(line, 0, cause.Write(duration, Encoding.UTF8.GetBytes(server), port, line));
    }

    [Fact]
    public void The_largest_part_is_named()
    {
        var time = new TimeAccount(
            OnCpu: 2 * Millisecond, RunQueue: 3 * Millisecond, BlockIo: 0, Lock: 48_120_000, Network: 0, Sleep: Millisecond, OffThread: 0, Throttled: 0);
        Assert.Equal("lock: 48.1 ms of 54.1 ms", Line(time, default, 54_120_000));
        Assert.Equal("run queue: 3.00 ms of 5.00 ms", Line(time with { Lock = 0, Sleep = 0 }, default, 5 * Millisecond));
        Assert.Equal("cpu quota: 3.00 ms of 5.00 ms", Line(time with { Lock = 0, Throttled = 2 * Millisecond }, default, 5 * Millisecond));
        Assert.Equal("disk: 1.50 s of 1.60 s", Line(time with { BlockIo = 1500 * Millisecond }, default, 1600 * Millisecond));
        Assert.Equal("cpu: 49.0 ms of 54.1 ms", Line(time with { OnCpu = 49 * Millisecond }, default, 54_120_000));
    }

    [Fact]
    public void A_lost_segment_wins_over_the_wait_that_it_caused()
    {
        var time = new TimeAccount(0, 0, 0, 0, Network: 403 * Millisecond, 0, 0, 0);
        var socket = new SocketAccount(1, 401 * Millisecond, 0, 0);
        Assert.Equal("tcp retransmission: 401 ms of 404 ms", Line(time, socket, 404 * Millisecond, isServer: false));
    }

    [Fact]
    public void A_server_that_waited_for_another_names_it()
    {
        var time = new TimeAccount(0, 0, 0, 0, Network: 380 * Millisecond, 0, 0, 0);
        Assert.Equal("network: 380 ms of 400 ms, in a call to 10.0.0.1:5432", Line(time, default, 400 * Millisecond, true, "10.0.0.1", 5432));
        Assert.Equal("network: 380 ms of 400 ms, in a call to /run/db", Line(time, default, 400 * Millisecond, true, "/run/db"));
        Assert.Equal("network: 380 ms of 400 ms", Line(time, default, 400 * Millisecond));
    }

    [Fact]
    public void A_client_that_waited_for_its_server_has_no_more_to_say() =>
        Assert.Equal("", Line(new TimeAccount(0, 0, 0, 0, Network: 380 * Millisecond, 0, 0, 0), default, 400 * Millisecond, isServer: false));

    [Fact]
    public void A_connection_that_took_longer_than_its_call_is_named() =>
        Assert.Equal(
            "connect: 1.01 s before 20.0 ms",
            Line(new TimeAccount(Millisecond, 0, 0, 0, 0, 0, 0, 0), new SocketAccount(0, 0, 0, 1_012 * Millisecond), 20 * Millisecond, isServer: false));

    [Theory]
    [InlineData(999_999, 1_500_000)]
    [InlineData(4 * Millisecond, 100 * Millisecond)]
    public void What_explains_little_is_not_named(ulong part, ulong duration) =>
        Assert.Equal("", Line(new TimeAccount(0, part, 0, 0, 0, 0, duration - part, 0), default, duration));
}
