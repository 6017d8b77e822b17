using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>What a header block belongs to.</summary>
internal readonly record struct HeaderBlock
{
    public required uint StreamId { get; init; }

    /// <summary>Whether nothing follows it on its side of the stream.</summary>
    public required bool EndsStream { get; init; }

    /// <summary>Whether it is a request that the server promises to answer (section 8.4).</summary>
    public required bool IsPromise { get; init; }

    public required ulong Exchange { get; init; }

    /// <summary>When its first byte passed, nanoseconds of the monotonic clock.</summary>
    public required ulong BeginTime { get; init; }

    /// <summary>When its last byte passed.</summary>
    public ulong Time { get; init; }

    /// <summary>The thread that moved that.</summary>
    public uint ThreadId { get; init; }
}

/// <summary>How far a header block has come.</summary>
internal enum BlockState : byte
{
    /// <summary>CONTINUATION frames follow.</summary>
    Partial,
    Whole,
    Malformed,
}

/// <summary>Puts one side's header blocks together (RFC 9113, section 4.3) and decodes them, in their order.</summary>
internal sealed class HeaderBlockReader
{
    private readonly HpackDecoder _decoder = new();
    private byte[] _buffer = [];
    private int _length;
    private bool _isCut;
    private HeaderBlock _block;

    /// <summary>Whether a block has begun whose end is to follow, at once.</summary>
    public bool IsOpen { get; private set; }

    public void Reset()
    {
        _decoder.Reset();
        IsOpen = false;
    }

    /// <summary>A block, or a part of one, was lost.</summary>
    public void Lose()
    {
        _decoder.Lose();
        IsOpen = false;
    }

    /// <summary>Takes a HEADERS, PUSH_PROMISE or CONTINUATION frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="passed">When and how it passed.</param>
    /// <param name="fields">Takes the fields of a whole block.</param>
    /// <param name="block">What they belong to.</param>
    public BlockState Read(in Http2Frame frame, in Frame passed, FieldSet fields, out HeaderBlock block)
    {
        bool isContinuation = frame.Type == FrameType.Continuation;
        bool isInOrder = frame.StreamId != 0 && isContinuation == IsOpen && (!isContinuation || frame.StreamId == _block.StreamId);
        if (!isInOrder || !frame.TryGetBlock(out ReadOnlySpan<byte> part, out bool isCut))
        {
            Lose();
            block = default;
            return BlockState.Malformed;
        }

        if (!isContinuation)
        {
            (_length, _isCut) = (0, false);
            _block = new HeaderBlock
            {
                StreamId = frame.StreamId,
                EndsStream = frame.Type == FrameType.Headers && frame.EndsStream,
                IsPromise = frame.Type == FrameType.PushPromise,
                Exchange = passed.Exchange,
                BeginTime = passed.BeginTime,
            };
        }

        IsOpen = !frame.EndsHeaders;
        block = _block with { Time = passed.Time, ThreadId = passed.ThreadId };
        if (isContinuation || IsOpen)
        {
            Gather(part, isCut);
            part = _buffer.AsSpan(0, _length);
            isCut = _isCut;
        }

        if (IsOpen)
        {
            return BlockState.Partial;
        }

        isCut |= part.Length > HpackDecoder.MaxBlockLength;
        part = part[..Math.Min(part.Length, HpackDecoder.MaxBlockLength)];
        return _decoder.Decode(part, isCut, fields) ? BlockState.Whole : BlockState.Malformed;
    }

    /// <summary>Keeps a part until the rest is there; what stands behind a cut is of no use.</summary>
    private void Gather(ReadOnlySpan<byte> part, bool isCut)
    {
        if (_isCut)
        {
            return;
        }

        int taken = Math.Min(part.Length, HpackDecoder.MaxBlockLength - _length);
        if (_length + taken > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Min(HpackDecoder.MaxBlockLength, Math.Max(_length + taken, _buffer.Length * 2)));
        }

        part[..taken].CopyTo(_buffer.AsSpan(_length));
        _length += taken;
        _isCut = isCut || taken < part.Length;
    }
}
