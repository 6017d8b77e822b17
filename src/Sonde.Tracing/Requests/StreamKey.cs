using System.Buffers.Binary;
using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Requests;

/// <summary>
/// Names a request by where it stands in its TCP stream: the client's address and port, and the sequence number of the
/// first byte. Both ends of a connection see the same three, whatever translates the server's address in between.
/// </summary>
internal readonly record struct StreamKey(ulong AddressHigh, ulong AddressLow, ushort Port, uint Position)
{
    /// <summary>Whether it names one: not on Unix sockets, nor where TCP's numbers are not known.</summary>
    public bool IsValid => Port != 0 && Position != 0;

    /// <summary>Position and port are as good as random; the addresses of one machine hardly differ.</summary>
    public override int GetHashCode() => (int)((Position + ((uint)Port << 16)) * 0x9E37_79B1);

    /// <summary>The request that stands there on the connection; 0: the place is not known.</summary>
    public StreamKey At(uint position) => position == 0 || Port == 0 ? default : this with { Position = position };

    /// <summary>The client's end of a connection, without a place.</summary>
    public static StreamKey ClientOf(in ConnectionRecord record, bool isServer)
    {
        if (record.Family is not (AddressText.Inet or AddressText.Inet6))
        {
            return default;
        }

        ReadOnlySpan<byte> ends = record.Path;
        ReadOnlySpan<byte> address = isServer ? ends[16..] : ends[..16];
        ulong high = BinaryPrimitives.ReadUInt64LittleEndian(address), low = BinaryPrimitives.ReadUInt64LittleEndian(address[8..]);
        if (record.Family == AddressText.Inet)
        {
            // As an IPv4-mapped IPv6 address, which is how the other end may see it.
            low = (high << 32) | 0xffff0000;
            high = 0;
        }

        return new StreamKey(high, low, isServer ? record.RemotePort : record.LocalPort, 0);
    }
}
