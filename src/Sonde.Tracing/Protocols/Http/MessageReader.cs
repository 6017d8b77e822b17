namespace Sonde.Tracing.Protocols.Http;

/// <summary>
/// Follows the messages of one side of a connection: heads are read where they lie, or gathered when they come in
/// pieces; bodies are passed over by arithmetic, since most of their bytes are only counted.
/// </summary>
internal abstract class MessageReader
{
    /// <summary>What stands behind this many bytes of a head is treated as not captured.</summary>
    public const int MaxHeadLength = 8192;

    private byte[] _buffer = [];
    private int _buffered;
    private int _scanned;
    private ulong _position;
    private ulong _remaining;
    private ulong _bodySize;
    private ChunkDecoder _chunks;

    protected enum Phase : byte
    {
        /// <summary>Between two messages.</summary>
        Start,
        Head,
        Length,
        Chunked,
        UntilClose,

        /// <summary>Where the next message begins cannot be told before the next exchange.</summary>
        Lost,
    }

    protected Phase State { get; private set; }

    /// <summary>Whether a body has come in part whose end will be known when it comes.</summary>
    public bool IsInFramedBody => State is Phase.Length or Phase.Chunked;

    public bool IsUntilClose => State == Phase.UntilClose;

    public bool IsLost => State == Phase.Lost;

    /// <summary>Whether nothing has passed on this side of the exchange.</summary>
    public bool IsSilent => _position == 0;

    /// <summary>Whether it is only a guess that a message begins where this one did: the end of the one before was not seen.</summary>
    protected bool IsTentative { get; private set; }

    /// <summary>The message's first byte.</summary>
    public Moment First { get; private set; }

    /// <summary>The last byte of this side so far.</summary>
    public Moment Last { get; private set; }

    /// <summary>Bytes of the message so far, head included.</summary>
    public ulong MessageSize { get; private set; }

    /// <summary>Bytes of the message's body so far, without chunk framing.</summary>
    public ulong BodySize => _chunks.DataSize + _bodySize;

    /// <summary>Makes the reader as new.</summary>
    public void Reset()
    {
        State = Phase.Start;
        IsTentative = false;
        _buffered = 0;
        _position = 0;
        First = default;
        Last = default;
    }

    /// <summary>Forgets what is half read; begins again with the next exchange.</summary>
    public void Lose()
    {
        State = Phase.Lost;
        _buffered = 0;
    }

    /// <summary>Another exchange begins: positions count from zero again.</summary>
    public void EnterExchange() => _position = 0;

    /// <summary>Takes the next bytes for the beginning of a message, which is a guess.</summary>
    public void Restart()
    {
        State = Phase.Start;
        IsTentative = true;
    }

    /// <summary>Takes what one call moved.</summary>
    public void Read(in Fragment fragment)
    {
        var now = new Moment(fragment.Exchange, fragment.Time, fragment.ThreadId);
        SkipTo(fragment.Position, now);
        ulong seen = _position - fragment.Position;
        if (seen >= fragment.Size)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = fragment.Bytes;
        bytes = (ulong)bytes.Length > fragment.Size ? bytes[..(int)fragment.Size] : bytes;
        bytes = seen < (ulong)bytes.Length ? bytes[(int)seen..] : default;
        Last = now;
        _position += (ulong)bytes.Length;
        Take(bytes, now);
        SkipTo(fragment.Position + fragment.Size, now);
    }

    /// <summary>Passes over what was not captured, up to a place in the exchange.</summary>
    public void SkipTo(ulong position, in Moment now)
    {
        if (position <= _position)
        {
            return;
        }

        ulong count = position - _position;
        _position = position;
        Last = now with { Time = Math.Max(now.Time, Last.Time) };
        Skip(count, Last);
    }

    /// <summary>Nothing more will come of a head that has begun: what is there of it is used.</summary>
    public void EndHead(in Moment now)
    {
        if (State == Phase.Head)
        {
            TakeHead(_buffer.AsSpan(0, _buffered), HeadEnd.Ended, now);
        }
    }

    /// <summary>The first byte of a message has come.</summary>
    /// <returns>False when it is not to be read.</returns>
    protected abstract bool OnStart(byte first, in Moment now);

    /// <summary>Whether the bytes can begin a head.</summary>
    protected abstract bool IsPlausible(ReadOnlySpan<byte> bytes);

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">What has come of the message.</param>
    /// <param name="end">Whether to make do with that.</param>
    /// <param name="now">When the last of it came.</param>
    /// <param name="length">The head's bytes.</param>
    /// <param name="body">What follows it.</param>
    protected abstract HeadState OnHead(
        ReadOnlySpan<byte> bytes, HeadEnd end, in Moment now, out int length, out MessageBody body);

    /// <summary>The message has passed.</summary>
    protected abstract void OnEnd(in Moment now);

    /// <summary>The message is none.</summary>
    protected abstract void OnMalformed(ReadOnlySpan<byte> bytes);

    private void Take(ReadOnlySpan<byte> bytes, in Moment now)
    {
        while (bytes.Length > 0)
        {
            int consumed;
            switch (State)
            {
                case Phase.Start:
                    // RFC 9112, section 2.2: empty lines before a message are passed over.
                    consumed = bytes.IndexOfAnyExcept((byte)'\r', (byte)'\n');
                    if (consumed < 0)
                    {
                        return;
                    }

                    Begin(bytes[consumed], now);
                    break;
                case Phase.Head:
                    consumed = ReadHead(bytes, now);
                    MessageSize += (ulong)consumed;
                    break;
                case Phase.Length:
                    consumed = (int)Math.Min(_remaining, (ulong)bytes.Length);
                    MessageSize += (ulong)consumed;
                    SkipBody((ulong)consumed, now);
                    break;
                case Phase.Chunked:
                    bool valid = _chunks.Read(bytes, out consumed);
                    MessageSize += (ulong)consumed;
                    if (!valid)
                    {
                        State = Phase.Lost;
                    }
                    else if (_chunks.IsDone)
                    {
                        End(now);
                    }

                    break;
                default:
                    _bodySize += (ulong)bytes.Length;
                    MessageSize += (ulong)bytes.Length;
                    return;
            }

            bytes = bytes[consumed..];
        }
    }

    private void Skip(ulong count, in Moment now)
    {
        MessageSize += count;
        switch (State)
        {
            case Phase.Start:
                State = Phase.Lost;
                break;
            case Phase.Head:
                TakeHead(_buffer.AsSpan(0, _buffered), HeadEnd.Cut, now);
                State = Phase.Lost;
                break;
            case Phase.Length when count <= _remaining:
                SkipBody(count, now);
                break;
            case Phase.Length:
                SkipBody(_remaining, now);
                State = Phase.Lost;
                break;
            case Phase.Chunked when !_chunks.Skip(count):
                State = Phase.Lost;
                break;
            case Phase.UntilClose:
                _bodySize += count;
                break;
        }
    }

    private void Begin(byte first, in Moment now)
    {
        First = now;
        MessageSize = 0;
        _bodySize = 0;
        _chunks = default;
        _buffered = 0;
        State = OnStart(first, now) ? Phase.Head : Phase.Lost;
    }

    private void End(in Moment now)
    {
        State = Phase.Start;
        OnEnd(now);
        IsTentative = false;
    }

    private void SkipBody(ulong count, in Moment now)
    {
        _bodySize += count;
        _remaining -= count;
        if (_remaining == 0)
        {
            End(now);
        }
    }

    /// <summary>Reads a head in place if it is all there, else gathers it.</summary>
    /// <returns>How many of the bytes belong to it.</returns>
    private int ReadHead(ReadOnlySpan<byte> bytes, in Moment now)
    {
        if (_buffered == 0)
        {
            ReadOnlySpan<byte> window = bytes[..Math.Min(bytes.Length, MaxHeadLength)];
            int length = TakeHead(window, window.Length == MaxHeadLength ? HeadEnd.Cut : HeadEnd.Open, now);
            return length > 0 ? length : Gather(bytes);
        }

        int before = _buffered;
        int taken = Gather(bytes);
        ReadOnlySpan<byte> head = _buffer.AsSpan(0, _buffered);
        int end = FindEnd(head);
        if (end > 0)
        {
            TakeHead(head[..end], HeadEnd.Open, now);
            return end - before;
        }

        if (!IsPlausible(head))
        {
            Fail(head);
        }
        else if (_buffered == MaxHeadLength)
        {
            TakeHead(head, HeadEnd.Cut, now);
        }

        return taken;
    }

    /// <summary>Reads a head.</summary>
    /// <returns>Its length, or 0 when more of it must come.</returns>
    private int TakeHead(ReadOnlySpan<byte> bytes, HeadEnd end, in Moment now)
    {
        HeadState state = OnHead(bytes, end, now, out int length, out MessageBody body);
        if (state == HeadState.Partial && end == HeadEnd.Open)
        {
            return 0;
        }

        _buffered = 0;
        if (state != HeadState.Whole)
        {
            if (state == HeadState.Malformed)
            {
                Fail(bytes);
            }

            State = Phase.Lost;
            return bytes.Length;
        }

        _remaining = body.Length;
        State = body.Kind switch
        {
            BodyKind.Length => Phase.Length,
            BodyKind.Chunked => Phase.Chunked,
            BodyKind.UntilClose => Phase.UntilClose,
            BodyKind.Unknown => Phase.Lost,
            _ => Phase.Start,
        };
        if (body.Kind == BodyKind.None || (body.Kind == BodyKind.Length && body.Length == 0))
        {
            End(now);
        }

        return length;
    }

    private void Fail(ReadOnlySpan<byte> bytes)
    {
        State = Phase.Lost;
        OnMalformed(bytes);
        _buffered = 0;
    }

    private int Gather(ReadOnlySpan<byte> bytes)
    {
        if (_buffered == 0)
        {
            _scanned = 0;
        }

        int taken = Math.Min(bytes.Length, MaxHeadLength - _buffered);
        if (_buffer.Length < _buffered + taken)
        {
            Array.Resize(ref _buffer, Math.Min(MaxHeadLength, Math.Max(1024, Math.Max(_buffered + taken, _buffer.Length * 2))));
        }

        bytes[..taken].CopyTo(_buffer.AsSpan(_buffered));
        _buffered += taken;
        return taken;
    }

    /// <summary>Looks for the empty line that ends the head, from where it was last looked for.</summary>
    private int FindEnd(ReadOnlySpan<byte> head)
    {
        while (true)
        {
            int newline = head[_scanned..].IndexOf((byte)'\n');
            int next = _scanned + newline + 1;
            if (newline < 0 || next == head.Length || (head[next] == '\r' && next + 1 == head.Length))
            {
                // A newline at the end is looked at again when it is known what follows.
                _scanned = newline < 0 ? head.Length : next - 1;
                return -1;
            }

            if (head[next] == '\n' || (head[next] == '\r' && head[next + 1] == '\n'))
            {
                return next + (head[next] == '\n' ? 1 : 2);
            }

            _scanned = next;
        }
    }
}
