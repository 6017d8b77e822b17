namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A state of the kernel (<c>include/net/tcp_states.h</c>): <c>established</c>.</summary>
internal sealed class TcpStateDecoder : IKeyDecoder
{
    private static readonly string[] s_names =
    [
        "established", "syn_sent", "syn_recv", "fin_wait1", "fin_wait2", "time_wait", "close", "close_wait", "last_ack", "listen", "closing", "new_syn_recv",
        "bound_inactive",
    ];

    public object? Decode(long number) => number > 0 && number <= s_names.Length ? s_names[number - 1] : number;
}
