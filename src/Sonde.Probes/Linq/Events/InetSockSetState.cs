using System.Net;
using System.Net.Sockets;

namespace Sonde.Probes.Linq.Events;

/// <summary>A socket of TCP, or another protocol with the same states, goes from one state to another.</summary>
[Tracepoint("sock", "inet_sock_set_state")]
public sealed record InetSockSetState : KernelEvent
{
    [Field("family")]
    public AddressFamily Family { get; init; }

    [Field("oldstate")]
    public TcpState OldState { get; init; }

    [Field("newstate")]
    public TcpState NewState { get; init; }

    [Field("sport")]
    public ushort SourcePort { get; init; }

    [Field("dport")]
    public ushort DestinationPort { get; init; }

    /// <summary>IPv4 addresses come as such, also on a socket of IPv6.</summary>
    [Field("saddr_v6")]
    public IPAddress SourceAddress { get; init; } = IPAddress.Any;

    [Field("daddr_v6")]
    public IPAddress DestinationAddress { get; init; } = IPAddress.Any;

    /// <summary>The kernel's <c>struct sock</c>: the same for all events of a connection.</summary>
    [Field("skaddr")]
    public ulong Socket { get; init; }
}
