using System.Buffers.Binary;
using System.Globalization;

namespace Sonde.Telemetry.Spans;

/// <summary>A W3C trace id: 16 bytes, big-endian, all zero when there is none.</summary>
public readonly record struct TraceId(ulong High, ulong Low)
{
    /// <summary>Whether the id is not all zero.</summary>
    public bool IsValid => (High | Low) != 0;

    /// <summary>Writes the 16 bytes in the order of the wire.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");
}

/// <summary>A W3C span id: 8 bytes, big-endian, zero when there is none.</summary>
public readonly record struct SpanId(ulong Value)
{
    /// <summary>Whether the id is not zero.</summary>
    public bool IsValid => Value != 0;

    /// <summary>Writes the 8 bytes in the order of the wire.</summary>
    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt64BigEndian(destination, Value);

    /// <summary>16 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
