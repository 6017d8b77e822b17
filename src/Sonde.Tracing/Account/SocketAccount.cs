using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Account;

/// <summary>What happened to a span's connection meanwhile.</summary>
/// <param name="Retransmits">TCP segments that were sent again.</param>
/// <param name="RetransmitWait">How long the exchange stood still for them, nanoseconds.</param>
/// <param name="RoundTrip">The smoothed round trip at the end, nanoseconds; 0: not known.</param>
/// <param name="Connect">How long it took to connect, nanoseconds; 0: not this span's, or not seen.</param>
internal readonly record struct SocketAccount(uint Retransmits, ulong RetransmitWait, ulong RoundTrip, ulong Connect)
{
    private const ulong Microsecond = 1000;

    /// <summary>Between two marks of one connection.</summary>
    /// <param name="start">The earlier one.</param>
    /// <param name="end">The later one.</param>
    /// <param name="duration">The time between them, nanoseconds: no wait is longer.</param>
    /// <param name="connect">What is known of the connection's beginning.</param>
    public static SocketAccount Between(in Mark start, in Mark end, ulong duration, ulong connect)
    {
        if (start.Tid == 0 || end.Tid == 0)
        {
            return new SocketAccount(0, 0, 0, connect);
        }

        // The kernel's 32 bits may wrap.
        uint retransmits = unchecked(end.Retransmits - start.Retransmits);
        ulong wait = unchecked(end.RetransmitWait - start.RetransmitWait) * Microsecond;
        return new SocketAccount(retransmits, Math.Min(wait, duration), end.RoundTrip * Microsecond, connect);
    }
}
