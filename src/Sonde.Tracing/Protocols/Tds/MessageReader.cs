using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>Puts one side's messages together: packets with eight bytes of header each, of which one says that it is the last.</summary>
/// <param name="capture">How many bytes of a message are kept.</param>
internal sealed class MessageReader(int capture)
{
    public const int HeaderLength = 8;

    private readonly byte[] _header = new byte[HeaderLength];
    private byte[] _payload = new byte[Math.Min(512, capture)];
    private int _headerLength;
    private int _kept;
    private ulong _passed;
    private uint _left;
    private bool _isInside;

    public PacketType Type { get; private set; }

    /// <summary>What is kept of the message, without headers.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _kept);

    /// <summary>Whether more of it has passed than is kept.</summary>
    public bool IsCut => IsBroken || _passed > (ulong)_kept;

    /// <summary>Whether the place was lost in a message, of which the beginning is kept.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the place in the stream is lost: a header was not captured, or is none.</summary>
    public bool IsLost { get; private set; }

    /// <summary>When the message's first byte passed.</summary>
    public ulong BeginTime { get; private set; }

    /// <summary>Who moved it.</summary>
    public uint BeginThread { get; private set; }

    /// <summary>The next byte begins a message.</summary>
    public void Restart() => (IsLost, IsBroken, _headerLength, _left, _isInside) = (false, false, 0, 0, false);

    public void Lose()
    {
        Restart();
        IsLost = true;
    }

    /// <summary>Reads on, at most to the end of a message.</summary>
    /// <param name="bytes">The captured ones; becomes those behind the message.</param>
    /// <param name="size">How many passed; becomes how many are left.</param>
    /// <param name="fragment">Whose time and thread they have.</param>
    /// <returns>Whether a message is whole; it stays readable until the next call.</returns>
    public bool Read(ref ReadOnlySpan<byte> bytes, ref ulong size, in Fragment fragment)
    {
        while (size > 0 && !IsLost)
        {
            if (_left == 0 && !ReadHeader(ref bytes, ref size, fragment))
            {
                continue;
            }

            uint count = (uint)Math.Min(_left, size);
            int captured = (int)Math.Min(count, (uint)bytes.Length);
            Keep(bytes[..captured]);
            bytes = bytes[captured..];
            size -= count;
            _passed += count;
            _left -= count;
            if (_left == 0 && (_header[1] & 1) != 0)
            {
                _isInside = false;
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a byte of the header; true when it was the last and the packet has a payload.</summary>
    private bool ReadHeader(ref ReadOnlySpan<byte> bytes, ref ulong size, in Fragment fragment)
    {
        if (bytes.IsEmpty)
        {
            bool isBroken = _isInside;
            Lose();
            IsBroken = isBroken;
            return false;
        }

        if (!_isInside)
        {
            (_isInside, _kept, _passed, BeginTime, BeginThread) = (true, 0, 0, fragment.Time, fragment.ThreadId);
            Type = (PacketType)bytes[0];
        }

        _header[_headerLength++] = bytes[0];
        bytes = bytes[1..];
        size--;
        if (_headerLength < HeaderLength)
        {
            return false;
        }

        _headerLength = 0;
        int length = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2));
        if (length <= HeaderLength || (PacketType)_header[0] != Type)
        {
            Lose();
            return false;
        }

        _left = (uint)(length - HeaderLength);
        return true;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        int kept = _passed == (ulong)_kept ? Math.Min(bytes.Length, capture - _kept) : 0;
        if (_kept + kept > _payload.Length)
        {
            Array.Resize(ref _payload, Math.Min(capture, Math.Max(_kept + kept, _payload.Length * 2)));
        }

        bytes[..kept].CopyTo(_payload.AsSpan(_kept));
        _kept += kept;
    }
}
