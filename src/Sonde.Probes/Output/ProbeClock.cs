namespace Sonde.Probes.Output;

/// <summary>Tells the kernel's clock as local time.</summary>
internal sealed class ProbeClock
{
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _zero;

    /// <param name="time">Its timestamps are those of <c>CLOCK_MONOTONIC</c>, as <see cref="TimeProvider.System"/>'s are on Linux.</param>
    public ProbeClock(TimeProvider time)
    {
        _time = time;
        _zero = time.GetUtcNow() - time.GetElapsedTime(0);
    }

    public DateTimeOffset Now => _time.GetLocalNow();

    /// <summary>The local time of a reading of <c>CLOCK_MONOTONIC</c> in nanoseconds.</summary>
    public DateTimeOffset At(ulong nanoseconds) => TimeZoneInfo.ConvertTime(_zero.AddTicks((long)(nanoseconds / 100)), _time.LocalTimeZone);
}
