using System.Net.Sockets;
using Sonde.Probes.Model;

namespace Sonde.Probes.Linq.Translation;

/// <summary>C#'s numbers and the typed tree's.</summary>
internal static class Numbers
{
    /// <summary>The typed tree's type; null for what is no number.</summary>
    public static IntegerType? TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean or TypeCode.Byte => new(1, false),
        TypeCode.SByte => new(1, true),
        TypeCode.Int16 => new(2, true),
        TypeCode.UInt16 or TypeCode.Char => new(2, false),
        TypeCode.Int32 => new(4, true),
        TypeCode.UInt32 => new(4, false),
        TypeCode.Int64 => IntegerType.Int64,
        TypeCode.UInt64 => IntegerType.UInt64,
        _ when type == typeof(nint) => IntegerType.Int64,
        _ when type == typeof(nuint) => IntegerType.UInt64,
        _ => null,
    };

    /// <summary>64 bits as a number of C#, an enumeration's value included; null for what is no number.</summary>
    public static object? OfType(Type type, long value)
    {
        if (type == typeof(AddressFamily))
        {
            return AddressFamilies.OfKernel(value);
        }

        if (type.IsEnum)
        {
            return Enum.ToObject(type, value);
        }

        return unchecked(Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => value != 0,
            TypeCode.Byte => (byte)value,
            TypeCode.SByte => (sbyte)value,
            TypeCode.Int16 => (short)value,
            TypeCode.UInt16 => (ushort)value,
            TypeCode.Char => (char)value,
            TypeCode.Int32 => (int)value,
            TypeCode.UInt32 => (uint)value,
            TypeCode.Int64 => value,
            TypeCode.UInt64 => (ulong)value,
            _ when type == typeof(nint) => (nint)value,
            _ when type == typeof(nuint) => (nuint)value,
            _ => (object?)null,
        });
    }
}

/// <summary>.NET has numbers of its own for some families; the others are the kernel's (include/linux/socket.h).</summary>
internal static class AddressFamilies
{
    private const int InternetV6 = 10, Packet = 17;

    public static long ToKernel(AddressFamily family) => family switch
    {
        AddressFamily.InterNetworkV6 => InternetV6,
        AddressFamily.Packet => Packet,
        _ => (long)family,
    };

    public static AddressFamily OfKernel(long number) => number switch
    {
        InternetV6 => AddressFamily.InterNetworkV6,
        Packet => AddressFamily.Packet,
        _ => (AddressFamily)number,
    };
}
