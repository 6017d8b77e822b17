namespace Sonde.Probes.Linq.Events;

/// <summary>The state of a TCP connection (include/net/tcp_states.h).</summary>
public enum TcpState
{
    Established = 1,
    SynSent,
    SynRecv,
    FinWait1,
    FinWait2,
    TimeWait,
    Close,
    CloseWait,
    LastAck,
    Listen,
    Closing,
    NewSynRecv,
}
