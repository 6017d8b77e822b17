namespace Sonde.Tracing.Protocols.Http;

/// <summary>Follows the chunked transfer coding (RFC 9112, section 7.1) over bytes that are partly only counted.</summary>
internal struct ChunkDecoder
{
    private State _state;
    private bool _hasDigits;
    private ulong _remaining;

    private enum State : byte
    {
        Size,
        Extension,
        Data,
        DataEnd,
        TrailerStart,
        Trailer,
        Done,
    }

    /// <summary>Bytes of data, without the framing, so far.</summary>
    public ulong DataSize { get; private set; }

    /// <summary>Whether the last chunk and the trailers have passed.</summary>
    public readonly bool IsDone => _state == State.Done;

    /// <summary>Reads on.</summary>
    /// <param name="bytes">What passed.</param>
    /// <param name="consumed">How many of them belong to the body; all of them unless it is done.</param>
    /// <returns>False when this is no chunked body.</returns>
    public bool Read(ReadOnlySpan<byte> bytes, out int consumed)
    {
        consumed = 0;
        while (consumed < bytes.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                int count = (int)Math.Min(_remaining, (ulong)(bytes.Length - consumed));
                SkipData((ulong)count);
                consumed += count;
            }
            else if (!Step(bytes[consumed++]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Passes over bytes that were not captured.</summary>
    /// <returns>False when they reach beyond the chunk: then the end can no longer be told.</returns>
    public bool Skip(ulong count)
    {
        if (_state != State.Data || count > _remaining)
        {
            return false;
        }

        SkipData(count);
        return true;
    }

    private void SkipData(ulong count)
    {
        _remaining -= count;
        DataSize += count;
        if (_remaining == 0)
        {
            _state = State.DataEnd;
        }
    }

    private bool Step(byte next)
    {
        switch (_state)
        {
            case State.Size when Ascii.Hex(next) is >= 0 and int digit:
                _hasDigits = true;
                _remaining = (_remaining << 4) | (uint)digit;
                return _remaining <= long.MaxValue >> 4;
            case State.Size when !_hasDigits:
                return false;
            case State.Size when next is (byte)';' or (byte)' ' or (byte)'\t' or (byte)'\r':
                _state = State.Extension;
                return true;
            case State.Size or State.Extension when next == '\n':
                _state = _remaining == 0 ? State.TrailerStart : State.Data;
                _hasDigits = false;
                return true;
            case State.Extension:
                return true;
            case State.DataEnd when next == '\r':
                return true;
            case State.DataEnd when next == '\n':
                _state = State.Size;
                return true;
            case State.TrailerStart when next == '\r':
                return true;
            case State.TrailerStart when next == '\n':
                _state = State.Done;
                return true;
            case State.TrailerStart or State.Trailer:
                _state = next == '\n' ? State.TrailerStart : State.Trailer;
                return true;
            default:
                return false;
        }
    }
}
