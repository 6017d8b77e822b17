using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Probes.Model;

namespace Sonde.Probes.Linq.Translation;

/// <summary>Values that the kernel kept or sent, as C# has them.</summary>
internal static class ValueReader
{
    private const int InternetV6 = 10;

    /// <param name="type">C#'s type.</param>
    /// <param name="kept">What lies there.</param>
    /// <param name="bytes">As many as the kept type's size.</param>
    public static object? Read(Type type, ProbeType kept, ReadOnlySpan<byte> bytes) => kept switch
    {
        StringType => Text(bytes),
        BufferType => bytes.Slice(sizeof(long), (int)Math.Min(MemoryMarshal.Read<long>(bytes), bytes.Length - sizeof(long))).ToArray(),
        RenderedType { Rendering: Rendering.InternetAddress } => Address(bytes),
        _ => Numbers.OfType(type, MemoryMarshal.Read<long>(bytes)),
    };

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static IPAddress Address(ReadOnlySpan<byte> bytes)
    {
        bool isV6 = MemoryMarshal.Read<long>(bytes) == InternetV6;
        IPAddress address = new(bytes.Slice(sizeof(long), isV6 ? 16 : 4));
        return address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }
}
