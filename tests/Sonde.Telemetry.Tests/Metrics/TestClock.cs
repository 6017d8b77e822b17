namespace Sonde.Telemetry.Tests.Metrics;

/// <summary>A clock that stands still until it is told otherwise; its timers are real.</summary>
internal sealed class TestClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong Now => (ulong)(_now - DateTimeOffset.UnixEpoch).Ticks * 100;

    public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds);

    public override DateTimeOffset GetUtcNow() => _now;
}
