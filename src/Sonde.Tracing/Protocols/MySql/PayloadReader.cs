using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.MySql;

/// <summary>Reads the integers and strings of a payload. What is not there reads as 0 or empty, and <see cref="IsShort"/> says so.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public bool IsShort { get; private set; }

    public byte Byte() => Take(1) is [byte value] ? value : (byte)0;

    public ushort UInt16() => Take(2) is { Length: 2 } two ? BinaryPrimitives.ReadUInt16LittleEndian(two) : (ushort)0;

    public uint UInt32() => Take(4) is { Length: 4 } four ? BinaryPrimitives.ReadUInt32LittleEndian(four) : 0;

    /// <summary>An integer of one to nine bytes, which its first tells.</summary>
    public ulong Packed() => Byte() switch
    {
        0xfc => UInt16(),
        0xfd => Take(3) is [byte low, byte middle, byte high] ? low | ((uint)middle << 8) | ((uint)high << 16) : 0,
        0xfe => Take(8) is { Length: 8 } eight ? BinaryPrimitives.ReadUInt64LittleEndian(eight) : 0,
        byte value => value,
    };

    /// <summary>A string up to the byte 0.</summary>
    public ReadOnlySpan<byte> Text()
    {
        int end = Rest.IndexOf((byte)0);
        IsShort |= end < 0;
        ReadOnlySpan<byte> text = end < 0 ? Rest : Rest[..end];
        Rest = end < 0 ? default : Rest[(end + 1)..];
        return text;
    }

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Rest.Length)
        {
            IsShort = true;
            Rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = Rest[..(int)count];
        Rest = Rest[(int)count..];
        return taken;
    }
}
