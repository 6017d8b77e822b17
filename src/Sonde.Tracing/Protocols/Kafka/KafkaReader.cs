using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>
/// Reads Kafka's primitive types from the beginning of a message. Past the end, or what was captured of it, everything is empty and
/// <see cref="IsCut"/> says so.
/// </summary>
internal ref struct KafkaReader(ReadOnlySpan<byte> bytes, bool isFlexible)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Something was asked for that is not there.</summary>
    public bool IsCut { get; private set; }

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public short Int16() => Take(sizeof(short)) is { Length: > 0 } bytes ? BinaryPrimitives.ReadInt16BigEndian(bytes) : (short)0;

    public int Int32() => Take(sizeof(int)) is { Length: > 0 } bytes ? BinaryPrimitives.ReadInt32BigEndian(bytes) : 0;

    public ReadOnlySpan<byte> Bytes(int count) => Take(count);

    public void Skip(int count) => Take(count);

    /// <summary>A string as the flexible versions write it, or as the others do; empty when null.</summary>
    public ReadOnlySpan<byte> Text() => Take(isFlexible ? Unsigned() - 1 : Int16());

    /// <summary>The number of an array's elements; 0 when null.</summary>
    public int Count() => Math.Max(0, isFlexible ? Unsigned() - 1 : Int32());

    /// <summary>The length of the bytes that follow; 0 when null.</summary>
    public int Length() => Count();

    /// <summary>Passes over tagged fields, which only flexible versions have.</summary>
    public void Tags()
    {
        if (!isFlexible)
        {
            return;
        }

        for (int count = Unsigned(); count > 0 && !IsCut; count--)
        {
            Unsigned();
            Skip(Unsigned());
        }
    }

    /// <summary>A variable-length number without sign.</summary>
    private int Unsigned()
    {
        uint number = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            ReadOnlySpan<byte> next = Take(1);
            if (next.IsEmpty)
            {
                return 0;
            }

            number |= (uint)(next[0] & 0x7f) << shift;
            if (next[0] < 0x80)
            {
                return number <= int.MaxValue ? (int)number : 0;
            }
        }

        IsCut = true;
        return 0;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count <= 0)
        {
            return default;
        }

        if (IsCut || count > _rest.Length)
        {
            IsCut = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
