using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>Reads fields of a message, lowest byte first. What is not there reads as 0 or empty, and <see cref="IsShort"/> says so.</summary>
internal ref struct TdsReader(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public bool IsShort { get; private set; }

    public byte Byte() => Take(1) is [byte value] ? value : (byte)0;

    public ushort UInt16() => Take(2) is { Length: 2 } two ? BinaryPrimitives.ReadUInt16LittleEndian(two) : (ushort)0;

    public int Int32() => Take(4) is { Length: 4 } four ? BinaryPrimitives.ReadInt32LittleEndian(four) : 0;

    public ulong UInt64() => Take(8) is { Length: 8 } eight ? BinaryPrimitives.ReadUInt64LittleEndian(eight) : 0;

    /// <summary>Text of UTF-16 after a byte that says how many characters it has.</summary>
    public ReadOnlySpan<byte> ShortText() => Take(2u * Byte());

    public ReadOnlySpan<byte> Take(uint count)
    {
        if (count > (uint)Rest.Length)
        {
            IsShort = true;
            Rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = Rest[..(int)count];
        Rest = Rest[(int)count..];
        return taken;
    }

    /// <summary>As many of the bytes as there are.</summary>
    public ReadOnlySpan<byte> TakeUpTo(uint count)
    {
        IsShort |= count > (uint)Rest.Length;
        return Take(Math.Min(count, (uint)Rest.Length));
    }

    /// <summary>Passes over the headers before a batch, a call or a request of a transaction ([MS-TDS] 2.2.5.3).</summary>
    public void SkipHeaders()
    {
        if (Rest.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(Rest) is >= 4 and < 1024 and uint length)
        {
            Take(length);
        }
    }
}
