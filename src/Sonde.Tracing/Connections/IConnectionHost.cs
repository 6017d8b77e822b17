using Sonde.Telemetry.Processes;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Connections;

/// <summary>What a connection needs of the tracer that it belongs to.</summary>
internal interface IConnectionHost
{
    RequestTracker Requests { get; }

    TracerCounters Counters { get; }

    IProcessCatalog Processes { get; }

    ParserPool Parsers { get; }

    /// <summary>Where servers listen: a hint at the role of connections that were open before Sonde.</summary>
    IListeningPorts ListeningPorts { get; }

    /// <summary>What is known of the handshakes of encrypted connections.</summary>
    TlsHandshakes Handshakes { get; }

    /// <summary>The kernel is to pass nothing more of this connection.</summary>
    void Mute(Connection connection);

    /// <summary>The kernel is to pass this connection on as one of a protocol, though no pattern matched.</summary>
    void Keep(Connection connection, IProtocol protocol);

    /// <summary>The observed process is on the other side than the kernel thinks: the connection's role is the right one.</summary>
    void Turn(Connection connection);

    /// <summary>The connection has its first open request, or no longer any.</summary>
    void OpenChanged(Connection connection, bool isOpen);
}
