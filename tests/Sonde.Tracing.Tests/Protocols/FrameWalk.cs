using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>What crosses of a call: bytes that belong together, from one frame or from several that follow each other.</summary>
internal sealed record FramePiece(ulong Position, bool Begins)
{
    public List<byte> Bytes { get; } = [];

    public ulong Size { get; set; }

    public bool FollowsLoss { get; init; }

    public ulong End => Position + Size;
}

/// <summary>One direction of a connection, walked as bpf/tracer/framing.bpf.c does.</summary>
internal sealed class FrameWalk
{
    /// <summary>The kernel half's defaults.</summary>
    private const int MaxPieces = 255, MaxFrames = 1024;

    private readonly IProtocol _protocol;
    private readonly Framing _framing;
    private readonly Side _side;
    private readonly List<byte> _header = [];
    private readonly List<FramePiece> _pieces = [];
    private ulong _position;
    private ulong _left;
    private int _captureLeft;
    private bool _isPlaced;
    private bool _isOpened;

    /// <summary>Something of this side was not seen, and has not been told yet.</summary>
    private bool _followsLoss;

    /// <summary>A header that crosses alone, once its frame's last byte has passed.</summary>
    private (ulong Position, byte[] Bytes)? _waiting;

    public FrameWalk(IProtocol protocol, Side side, bool joins)
    {
        _protocol = protocol;
        _framing = protocol.Framing ?? throw new ArgumentException("The protocol has no framing.", nameof(protocol));
        _side = side;
        _isPlaced = !joins;
        _followsLoss = joins;
        _left = side == Side.Request && !joins ? (ulong)_framing.RequestPreface : 0;
    }

    public IReadOnlyList<FramePiece> Take()
    {
        FramePiece[] pieces = [.. _pieces];
        _pieces.Clear();
        return pieces;
    }

    public void Lose()
    {
        if (_isPlaced)
        {
            _isPlaced = false;
            _left = 0;
            _captureLeft = 0;
            _waiting = null;
            _header.Clear();
            _pieces.Add(new FramePiece(_position, Begins: false) { FollowsLoss = true });
        }
    }

    /// <summary>A call whose bytes cannot be read.</summary>
    public void Pass(int count)
    {
        if (_isPlaced && (_header.Count > 0 || (ulong)count > _left))
        {
            Lose();
        }

        Advance([], count);
        _position += (ulong)count;
    }

    public void Move(ReadOnlySpan<byte> bytes, bool isTurn)
    {
        if (!_isPlaced && ((isTurn && _framing.AlignsAtTurns) || Matches(bytes)))
        {
            _isPlaced = true;
        }

        for (int offset = 0, frames = 0; offset < bytes.Length && _isPlaced;)
        {
            if (_left > 0)
            {
                int passed = (int)Math.Min(_left, (ulong)(bytes.Length - offset));
                Advance(bytes.Slice(offset, passed), passed, (ulong)offset);
                offset += passed;
                continue;
            }

            if (_pieces.Count > MaxPieces || ++frames > MaxFrames)
            {
                Lose();
                break;
            }

            if (_framing.HasUntypedOpening && _side == Side.Response && !_isOpened && bytes.Length - offset == 1 && _header.Count == 0)
            {
                Add(_position + (ulong)offset, bytes[offset..], 1, begins: true);
                break;
            }

            _isOpened = true;
            offset += TakeHeader(bytes[offset..], _position + (ulong)offset);
        }

        _position += (ulong)bytes.Length;
    }

    /// <summary>Takes bytes of a header, at most all of it; returns how many.</summary>
    private int TakeHeader(ReadOnlySpan<byte> bytes, ulong position)
    {
        int taken = 0;
        ulong start = position - (ulong)_header.Count;
        FrameHead head = default;
        while (!head.IsKnown && taken < bytes.Length)
        {
            _header.Add(bytes[taken++]);
            head = FrameHead.Of(_framing, _side, _header.ToArray());
            if (head.IsNonsense)
            {
                Lose();
                return taken;
            }
        }

        if (!head.IsKnown)
        {
            return taken;
        }

        _left = head.Length - (ulong)_header.Count;
        if (head.Rule is not { } rule)
        {
            _captureLeft = 0;
        }
        else if (rule.Capture <= _framing.HeaderLength && _left > 0)
        {
            _waiting = (start, _header.ToArray());
        }
        else
        {
            Add(start, _header.ToArray(), (ulong)_header.Count, begins: true);
            _captureLeft = head.Captured - _header.Count;
        }

        _header.Clear();
        return taken;
    }

    /// <summary>Passes bytes of the frame at hand; those that cannot be read are missing in <paramref name="bytes"/>.</summary>
    private void Advance(ReadOnlySpan<byte> bytes, int count, ulong offset = 0)
    {
        int captured = Math.Min(_captureLeft, count);
        if (captured > 0)
        {
            Add(_position + offset, bytes[..Math.Min(captured, bytes.Length)], (ulong)captured, begins: false);
        }

        _captureLeft -= captured;
        _left -= Math.Min(_left, (ulong)count);
        if (_left == 0 && _waiting is var (position, header))
        {
            _waiting = null;
            Add(position, header, (ulong)header.Length, begins: true);
        }
    }

    private void Add(ulong position, ReadOnlySpan<byte> bytes, ulong size, bool begins)
    {
        FramePiece? last = _pieces.Count == 0 ? null : _pieces[^1];
        if (last is null || last.End != position || last.FollowsLoss || (ulong)last.Bytes.Count < last.Size)
        {
            _pieces.Add(last = new FramePiece(position, begins) { FollowsLoss = _followsLoss });
            _followsLoss = false;
        }

        last.Bytes.AddRange(bytes);
        last.Size += size;
    }

    private bool Matches(ReadOnlySpan<byte> bytes)
    {
        foreach (Pattern pattern in _protocol.Patterns)
        {
            bool matches = bytes.Length >= pattern.Bytes.Length;
            for (int i = 0; matches && i < pattern.Bytes.Length; i++)
            {
                int mask = pattern.Mask.IsEmpty ? 0xff : pattern.Mask.Span[i];
                matches = ((bytes[i] ^ pattern.Bytes.Span[i]) & mask) == 0;
            }

            if (matches)
            {
                return true;
            }
        }

        return false;
    }
}
