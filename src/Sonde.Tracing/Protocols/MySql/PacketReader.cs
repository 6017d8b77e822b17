using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.MySql;

/// <summary>Cuts one side of a connection into packets: three bytes of length, a number, the payload.</summary>
/// <param name="capture">How many bytes of a payload are kept.</param>
internal sealed class PacketReader(int capture)
{
    public const int HeaderLength = 4;

    private byte[] _payload = new byte[Math.Min(256, capture)];
    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerLength;
    private uint _passed;

    /// <summary>The packet's number; a command's is 0, its answer's go on from there.</summary>
    public byte Number => _header[3];

    /// <summary>How long the payload is.</summary>
    public uint Length { get; private set; }

    /// <summary>What is kept of it: its beginning.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, Kept);

    /// <summary>Whether more of it has passed than is kept.</summary>
    public bool IsCut => _passed > Kept;

    /// <summary>Whether a packet has begun that is not whole yet.</summary>
    public bool IsInside => _headerLength > 0;

    /// <summary>Whether the place in the stream is lost: a header was not captured.</summary>
    public bool IsLost { get; private set; }

    /// <summary>When the packet's first byte passed.</summary>
    public ulong BeginTime { get; private set; }

    /// <summary>Who moved it.</summary>
    public uint BeginThread { get; private set; }

    private int Kept { get; set; }

    /// <summary>The next byte begins a packet.</summary>
    public void Restart() => (IsLost, _headerLength) = (false, 0);

    public void Lose() => (IsLost, _headerLength) = (true, 0);

    /// <summary>Reads on, at most to the end of a packet.</summary>
    /// <param name="bytes">The captured ones; becomes those behind the packet.</param>
    /// <param name="size">How many passed; becomes how many are left.</param>
    /// <param name="fragment">Whose time and thread they have.</param>
    /// <returns>Whether a packet is whole; it stays readable until the next call.</returns>
    public bool Read(ref ReadOnlySpan<byte> bytes, ref ulong size, in Fragment fragment)
    {
        while (size > 0 && !IsLost)
        {
            if (_headerLength < HeaderLength)
            {
                if (bytes.IsEmpty)
                {
                    Lose();
                    return false;
                }

                if (_headerLength == 0)
                {
                    (BeginTime, BeginThread) = (fragment.Time, fragment.ThreadId);
                }

                _header[_headerLength++] = bytes[0];
                bytes = bytes[1..];
                size--;
                if (_headerLength == HeaderLength)
                {
                    Length = BinaryPrimitives.ReadUInt32LittleEndian(_header) & 0xffffff;
                    (_passed, Kept) = (0, 0);
                }
            }

            if (_headerLength == HeaderLength && ReadPayload(ref bytes, ref size))
            {
                _headerLength = 0;
                return true;
            }
        }

        return false;
    }

    private bool ReadPayload(ref ReadOnlySpan<byte> bytes, ref ulong size)
    {
        uint count = (uint)Math.Min(Length - _passed, size);
        int captured = (int)Math.Min(count, (uint)bytes.Length);
        if (_passed == Kept)
        {
            int kept = Math.Min(captured, capture - Kept);
            if (Kept + kept > _payload.Length)
            {
                Array.Resize(ref _payload, Math.Min(capture, Math.Max(Kept + kept, _payload.Length * 2)));
            }

            bytes[..kept].CopyTo(_payload.AsSpan(Kept));
            Kept += kept;
        }

        bytes = bytes[captured..];
        size -= count;
        _passed += count;
        return _passed == Length;
    }
}
