namespace Sonde.Telemetry.Otlp;

/// <summary>
/// How long to wait between attempts: exponential with jitter, as OTLP's specification asks, so that many senders do not
/// come back to a restarted collector at the same instant.
/// </summary>
internal struct Backoff
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(15);

    /// <summary>A receiver that asks for more than this is asked again all the same.</summary>
    private static readonly TimeSpan s_longestAsked = TimeSpan.FromMinutes(10);

    private TimeSpan _next;

    /// <summary>The wait before the next attempt: doubled each time, from half a second to 15, give or take a fifth.</summary>
    /// <param name="asked">How long the receiver asked to wait; never less than that, up to ten minutes, is waited.</param>
    public TimeSpan Next(TimeSpan? asked)
    {
        TimeSpan wait = _next == TimeSpan.Zero ? s_first : _next;
        _next = wait + wait < s_longest ? wait + wait : s_longest;
        wait *= 0.8 + (0.4 * Random.Shared.NextDouble());
        if (asked is { } least && least > wait)
        {
            wait = least < s_longestAsked ? least : s_longestAsked;
        }

        return wait;
    }
}
