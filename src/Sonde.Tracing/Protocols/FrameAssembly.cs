using System.Buffers;

namespace Sonde.Tracing.Protocols;

/// <summary>Takes what a frame was put together from.</summary>
internal delegate void FrameReader(in Frame frame);

/// <summary>
/// Cuts one side of a connection into frames. Knows a frame's place from the one before, or from a fragment that says that it begins
/// one; what lies between those that cross may be missing.
/// </summary>
internal sealed class FrameAssembly(Framing framing, Side side, FrameReader read)
{
    private readonly byte[] _header = new byte[Framing.MaxHeaderLength];

    /// <summary>The frame at hand, when it came in pieces: in <see cref="_header"/> until its length is known, then rented.</summary>
    private byte[]? _body;
    private int _held;
    private ulong _start;
    private ulong _beginTime;
    private FrameHead _head;

    /// <summary>Where the next frame begins; meaningless unless <see cref="_isPlaced"/>.</summary>
    private ulong _next;
    private bool _isPlaced;

    /// <summary>A frame of more than a byte has come on this side.</summary>
    private bool _isOpened;

    public Side Side { get; private set; } = side;

    public void Reset(Side side)
    {
        Drop();
        Side = side;
        _isOpened = false;
    }

    public void Turn(Side side) => Side = side;

    /// <summary>Forgets what is half read: the next frame is where a fragment says that one begins.</summary>
    public void Drop()
    {
        Release();
        _isPlaced = false;
    }

    /// <summary>Reads the frames of a fragment; false when the place is lost by it.</summary>
    public bool Read(in Fragment fragment)
    {
        ReadOnlySpan<byte> bytes = fragment.Bytes;
        ulong position = fragment.Position;
        if (fragment.BeginsFrame)
        {
            Finish(fragment);
            (_next, _isPlaced) = (position, true);
        }
        else if (!_isPlaced)
        {
            return true;
        }

        if (_held > 0)
        {
            if (position != _start + (ulong)_held)
            {
                Drop();
                return false;
            }

            int taken = Continue(fragment, bytes);
            bytes = bytes[taken..];
            position += (ulong)taken;
            if (_held > 0)
            {
                if (fragment.Size > (ulong)fragment.Bytes.Length)
                {
                    Finish(fragment);
                }

                return _isPlaced;
            }

            if (!_isPlaced)
            {
                return false;
            }
        }

        return Walk(fragment, bytes, position);
    }

    private bool Walk(in Fragment fragment, ReadOnlySpan<byte> bytes, ulong position)
    {
        ulong end = fragment.Position + fragment.Size;
        while (_isPlaced && _next < end)
        {
            if (_next < position || _next - position >= (ulong)bytes.Length)
            {
                // A frame begins where nothing was captured.
                Drop();
                return false;
            }

            bytes = bytes[(int)(_next - position)..];
            position = _next;
            bool isByte = IsByteAlone(fragment);
            FrameHead head = isByte ? FrameHead.Byte : FrameHead.Of(framing, Side, bytes);
            if (head.IsNonsense)
            {
                Drop();
                return false;
            }

            _isOpened |= !isByte;
            if (head.IsKnown && (head.Rule is null || bytes.Length >= head.Captured))
            {
                // The common case: all of it is here, or none of it is wanted.
                _next = position + head.Length;
                if (head.Rule is not null)
                {
                    Tell(fragment, head, bytes[..head.Captured], position, fragment.Time);
                }

                continue;
            }

            Hold(fragment, head, bytes, position);
            if (end > position + (ulong)bytes.Length)
            {
                Finish(fragment);
            }

            return _isPlaced;
        }

        return true;
    }

    /// <summary>Takes bytes for the frame at hand; returns how many. None is at hand any more when that was the last of them.</summary>
    private int Continue(in Fragment fragment, ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (!_head.IsKnown && taken < bytes.Length)
        {
            _header[_held++] = bytes[taken++];
            _head = FrameHead.Of(framing, Side, _header.AsSpan(0, _held));
            if (_head.IsNonsense)
            {
                Drop();
                return taken;
            }
        }

        if (!_head.IsKnown)
        {
            return taken;
        }

        _next = _start + _head.Length;
        if (_head.Rule is null)
        {
            Release();
            return taken;
        }

        if (_body is null)
        {
            _beginTime = fragment.Time;
            _body = ArrayPool<byte>.Shared.Rent(_head.Captured);
            _header.AsSpan(0, _held).CopyTo(_body);
        }

        int rest = Math.Min(_head.Captured - _held, bytes.Length - taken);
        bytes.Slice(taken, rest).CopyTo(_body.AsSpan(_held));
        _held += rest;
        if (_held == _head.Captured)
        {
            Tell(fragment, _head, _body.AsSpan(0, _held), _start, _beginTime);
            Release();
        }

        return taken + rest;
    }

    private void Hold(in Fragment fragment, in FrameHead head, ReadOnlySpan<byte> bytes, ulong position)
    {
        _start = position;
        _head = head;
        _beginTime = fragment.Time;
        if (head.IsKnown)
        {
            _next = position + head.Length;
            _body = ArrayPool<byte>.Shared.Rent(head.Captured);
        }

        bytes.CopyTo(head.IsKnown ? _body : _header);
        _held = bytes.Length;
    }

    /// <summary>Nothing more comes of the frame at hand: it is told as far as it came, if its header did.</summary>
    private void Finish(in Fragment fragment)
    {
        if (_held > 0 && _body is not null)
        {
            Tell(fragment, _head, _body.AsSpan(0, _held), _start, _beginTime);
        }
        else if (_held > 0)
        {
            _isPlaced = false;
        }

        Release();
    }

    private void Tell(in Fragment fragment, in FrameHead head, ReadOnlySpan<byte> bytes, ulong position, ulong begin) => read(new Frame
    {
        Side = Side,
        Type = head.Type,
        Exchange = position,
        Bytes = bytes,
        Length = head.Length,
        BeginTime = begin,
        Time = fragment.Time,
        ThreadId = fragment.ThreadId,
        IsCut = bytes.Length < head.Captured,
    });

    private void Release()
    {
        if (_body is not null)
        {
            ArrayPool<byte>.Shared.Return(_body);
            _body = null;
        }

        _held = 0;
    }

    /// <summary>A server's answer of a single byte to an opening without a type is no frame.</summary>
    private bool IsByteAlone(in Fragment fragment) =>
        framing.HasUntypedOpening && Side == Side.Response && !_isOpened && fragment.BeginsFrame && fragment.Size == 1;
}
