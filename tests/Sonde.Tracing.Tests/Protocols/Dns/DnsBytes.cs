using System.Buffers.Binary;
using System.Text;

namespace Sonde.Tracing.Tests.Protocols.Dns;

/// <summary>Messages of the Domain Name System.</summary>
internal static class DnsBytes
{
    public static byte[] Question(string name, ushort type = 1, ushort id = 7) => Message(id, 0x0100, 0, name, type, []);

    public static byte[] Answer(string name, ushort type = 1, ushort id = 7, int code = 0, params byte[][] addresses) =>
        Message(id, (ushort)(0x8180 | code), (ushort)addresses.Length, name, type,
            [.. addresses.SelectMany(address => (byte[])[0xc0, 12, 0, (byte)(address.Length == 4 ? 1 : 28), 0, 1, 0, 0, 0, 60, 0, (byte)address.Length, .. address])]);

    /// <summary>As TCP carries it.</summary>
    public static byte[] Framed(byte[] message) => [(byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static byte[] Message(ushort id, ushort flags, ushort answers, string name, ushort type, byte[] rest)
    {
        var header = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(header, id);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), flags);
        header[5] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), answers);
        IEnumerable<byte> labels = name.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => Encoding.Latin1.GetBytes(label).Prepend((byte)label.Length));
        return [.. header, .. labels, 0, (byte)(type >> 8), (byte)type, 0, 1, .. rest];
    }
}
