using System.Buffers.Binary;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A port in network order, as it stands in a socket's <c>skc_dport</c>.</summary>
internal sealed class PortDecoder : IKeyDecoder
{
    public object? Decode(long number) => (long)BinaryPrimitives.ReverseEndianness((ushort)number);
}
