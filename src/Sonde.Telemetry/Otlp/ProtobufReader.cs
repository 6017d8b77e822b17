using System.Buffers.Binary;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// Reads the fields of one protocol-buffer message. Malformed input ends the reading: what was read before stands, since
/// all that Sonde reads are a collector's answers, whose details are of use but never needed.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The field that <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>The field's value when it is a number, in its bits.</summary>
    public ulong Number { get; private set; }

    /// <summary>The field's value when it is a string, bytes or a message; else empty.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end, or where the message is malformed.</returns>
    public bool Next()
    {
        Bytes = default;
        Number = 0;
        if (!TryVarint(out ulong tag))
        {
            return false;
        }

        Field = (int)(tag >> 3);
        ulong value;
        switch ((WireType)(tag & 7))
        {
            case WireType.Varint when TryVarint(out value):
                Number = value;
                return true;
            case WireType.Fixed64 when _rest.Length >= sizeof(ulong):
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[sizeof(ulong)..];
                return true;
            case WireType.Fixed32 when _rest.Length >= sizeof(uint):
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[sizeof(uint)..];
                return true;
            case WireType.Bytes when TryVarint(out value) && value <= (ulong)_rest.Length:
                Bytes = _rest[..(int)value];
                _rest = _rest[(int)value..];
                return true;
            default:
                _rest = default;
                return false;
        }
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < _rest.Length && i < 10; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
