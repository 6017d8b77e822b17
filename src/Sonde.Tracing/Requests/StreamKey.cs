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
    public bool IsValid => Port != 0;

    /// <summary>Position and port are as good as random; the addresses of one machine hardly differ.</summary>
    public override int GetHashCode() => (int)((Position + ((uint)Port << 16)) * 0x9E37_79B1);

    public static StreamKey Of(in FragmentRecord record, bool isServer)
    {
        if (record.StreamPosition == 0 || record.Family is not (AddressText.Inet or AddressText.Inet6))
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

        return new StreamKey(high, low, isServer ? record.RemotePort : record.LocalPort, record.StreamPosition);
    }
}
