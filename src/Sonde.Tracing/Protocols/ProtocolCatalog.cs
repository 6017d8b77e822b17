namespace Sonde.Tracing.Protocols;

/// <summary>Every protocol that Sonde reads, one line each.</summary>
public static class ProtocolCatalog
{
    /// <summary>In the order in which they are asked about a connection that no pattern matched.</summary>
    public static IReadOnlyList<IProtocol> All { get; } =
    [
    ];
}
