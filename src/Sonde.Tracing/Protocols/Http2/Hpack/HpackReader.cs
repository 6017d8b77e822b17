namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>Reads the integers and strings of a header block (RFC 7541, section 5).</summary>
internal ref struct HpackReader(ReadOnlySpan<byte> block)
{
    /// <summary>Longer integers are nobody's.</summary>
    private const int MaxInteger = 1 << 24;

    private ReadOnlySpan<byte> _rest = block;

    /// <summary>Whether all was read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Whether reading failed because the block ended, not because of what stands in it.</summary>
    public bool IsShort { get; private set; }

    /// <summary>The next byte; there must be one.</summary>
    public readonly byte Next => _rest[0];

    /// <summary>Reads an integer whose first bits lie in the low bits of the next byte.</summary>
    public bool TryReadInteger(int prefixBits, out int value)
    {
        int mask = (1 << prefixBits) - 1;
        value = _rest[0] & mask;
        _rest = _rest[1..];
        if (value < mask)
        {
            return true;
        }

        for (int shift = 0; !_rest.IsEmpty; shift += 7)
        {
            byte next = _rest[0];
            _rest = _rest[1..];
            if (shift > 21)
            {
                return false;
            }

            value += (next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                return value <= MaxInteger;
            }
        }

        IsShort = true;
        return false;
    }

    /// <summary>Reads a string.</summary>
    /// <param name="scratch">Takes what has to be decoded.</param>
    /// <param name="value">The string, there or in the block.</param>
    public bool TryReadString(Span<byte> scratch, out ReadOnlySpan<byte> value)
    {
        if (!TryReadRaw(out value, out bool isEncoded))
        {
            return false;
        }

        if (isEncoded)
        {
            int length = HuffmanCode.Decode(value, scratch);
            value = length < 0 ? default : scratch[..length];
            return length >= 0;
        }

        return true;
    }

    /// <summary>Passes over a string that nobody wants.</summary>
    public bool TrySkipString() => TryReadRaw(out _, out _);

    private bool TryReadRaw(out ReadOnlySpan<byte> value, out bool isEncoded)
    {
        value = default;
        isEncoded = false;
        if (_rest.IsEmpty)
        {
            IsShort = true;
            return false;
        }

        isEncoded = (_rest[0] & 0x80) != 0;
        if (!TryReadInteger(7, out int length))
        {
            return false;
        }

        if (length > _rest.Length)
        {
            IsShort = true;
            return false;
        }

        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
