using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// Writes protocol-buffer fields into one buffer that is kept and grows. Encoding: <c>protobuf.dev/programming-guides/encoding</c>.
/// </summary>
/// <remarks>
/// The length of a nested message is reserved as a varint of four bytes and filled in when the message ends, so nothing is
/// measured before it is written; a varint padded with continuation bytes is valid. Scalar fields are written whatever their
/// value: who wants proto3's absent zero leaves the call out.
/// </remarks>
internal sealed class ProtobufWriter(int capacity)
{
    /// <summary>Bytes that <see cref="Begin"/> reserves; messages are shorter than 2^28 bytes.</summary>
    public const int ReservedLength = 4;

    private const int MaxTag = 5;
    private const int MaxVarint = 10;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(capacity);
    private int _length;

    /// <summary>Bytes written so far.</summary>
    public int Length => _length;

    /// <summary>Bytes that fit without growing.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>What was written; valid until the next write or <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear() => _length = 0;

    /// <summary>Opens a nested message.</summary>
    /// <returns>What <see cref="End"/> needs to close it.</returns>
    public int Begin(int field)
    {
        Reserve(MaxTag + ReservedLength);
        Tag(field, WireType.Bytes);
        _length += ReservedLength;
        return _length;
    }

    /// <summary>Closes the message that <see cref="Begin"/> opened.</summary>
    public void End(int begin)
    {
        uint length = (uint)(_length - begin);
        BinaryPrimitives.WriteUInt32LittleEndian(
            _buffer.AsSpan(begin - ReservedLength),
            0x00808080 | (length & 0x7f) | ((length & 0x3f80) << 1) | ((length & 0x1fc000) << 2) | ((length & 0xfe00000) << 3));
    }

    public void Varint(int field, ulong value)
    {
        Reserve(MaxTag + MaxVarint);
        Tag(field, WireType.Varint);
        PutVarint(value);
    }

    public void Fixed32(int field, uint value)
    {
        Reserve(MaxTag + sizeof(uint));
        Tag(field, WireType.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(uint);
    }

    public void Fixed64(int field, ulong value)
    {
        Reserve(MaxTag + sizeof(ulong));
        Tag(field, WireType.Fixed64);
        PutFixed64(value);
    }

    public void Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Reserve(MaxTag + MaxVarint + value.Length);
        Tag(field, WireType.Bytes);
        PutVarint((uint)value.Length);
        Put(value);
    }

    /// <summary>A string field; half a surrogate pair becomes U+FFFD.</summary>
    public void Text(int field, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Reserve(MaxTag + MaxVarint + length);
        Tag(field, WireType.Bytes);
        PutVarint((uint)length);
        _length += Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length));
    }

    /// <summary>A packed repeated field of fixed64 or double values, given as their bits.</summary>
    public void PackedFixed64<T>(int field, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        int length = values.Length * sizeof(ulong);
        Reserve(MaxTag + MaxVarint + length);
        Tag(field, WireType.Bytes);
        PutVarint((uint)length);
        foreach (T value in values)
        {
            PutFixed64(Unsafe.BitCast<T, ulong>(value));
        }
    }

    /// <summary>Bytes that are encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> encoded)
    {
        Reserve(encoded.Length);
        Put(encoded);
    }

    /// <summary>Room for bytes that the caller writes itself; all of it counts as written.</summary>
    public Span<byte> Take(int length)
    {
        Reserve(length);
        Span<byte> room = _buffer.AsSpan(_length, length);
        _length += length;
        return room;
    }

    /// <summary>How many bytes a varint takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int VarintLength(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) >> 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Grow(count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(checked(_length + count), _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        _buffer = larger;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tag(int field, WireType type) => PutVarint(((uint)field << 3) | (uint)type);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_length++] = (byte)value;
    }

    private void PutFixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(ulong);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}

/// <summary>How a protocol-buffer field is laid out; the low three bits of its tag.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
