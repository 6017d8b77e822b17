using System.Diagnostics;

namespace Sonde.Tracing.Requests;

/// <summary>Turns the kernel's monotonic nanoseconds (<c>bpf_ktime_get_ns</c>) into the time of day.</summary>
internal sealed class MonotonicClock
{
    private ulong _offset;

    public MonotonicClock() => Synchronize();

    /// <summary>Now, on the kernel's monotonic clock, nanoseconds. <see cref="Stopwatch"/> is that clock on Linux.</summary>
    public static ulong Now => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency));

    /// <summary>Follows the time of day, which may be set while the monotonic clock never is.</summary>
    public void Synchronize()
    {
        // Of a few readings the one that took the shortest has the least error.
        ulong best = ulong.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            ulong before = Now;
            ulong wall = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
            ulong after = Now;
            if (after - before < best)
            {
                best = after - before;
                _offset = wall - before - best / 2;
            }
        }
    }

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong ToUnix(ulong monotonic) => monotonic + _offset;
}
