namespace Sonde.Telemetry.Metrics;

/// <summary>Times as OTLP has them.</summary>
internal static class UnixTime
{
    private const ulong NanosecondsPerTick = 1_000_000 / TimeSpan.TicksPerMillisecond;

    /// <summary>Now, in nanoseconds since the Unix epoch.</summary>
    public static ulong Of(TimeProvider clock) =>
        (ulong)(clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;
}
