using System.Diagnostics;
using System.Globalization;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Requests;

public sealed class MonotonicClockTests
{
    [Fact]
    public void The_monotonic_clock_is_the_one_that_the_kernel_stamps_with()
    {
        // /proc/uptime counts CLOCK_BOOTTIME, which is CLOCK_MONOTONIC on a machine that was never suspended.
        double before = MonotonicClock.Now / 1e9;
        double uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.SkipWhen(uptime - before > 1, "the machine was suspended");
        Assert.InRange(uptime, before - 0.02, (MonotonicClock.Now / 1e9) + 0.02);
    }

    [Fact]
    public void Now_is_now_and_later_is_as_much_later()
    {
        var clock = new MonotonicClock();
        ulong wall = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        ulong now = clock.ToUnix(MonotonicClock.Now);
        Assert.InRange((long)(now - wall), -1_000_000, 1_000_000_000);
        Assert.Equal(12_345ul, clock.ToUnix(1_012_345) - clock.ToUnix(1_000_000));
    }

    [Fact]
    public void Synchronizing_again_moves_it_by_little()
    {
        var clock = new MonotonicClock();
        long first = (long)clock.ToUnix(0);
        for (int i = 0; i < 100; i++)
        {
            clock.Synchronize();
            Assert.InRange((long)clock.ToUnix(0) - first, -2_000_000, 2_000_000);
        }
    }

    [Fact]
    public void A_tick_of_the_stopwatch_is_a_whole_number_of_nanoseconds() => Assert.Equal(0, 1_000_000_000 % Stopwatch.Frequency);
}
