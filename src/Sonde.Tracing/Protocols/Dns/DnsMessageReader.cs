namespace Sonde.Tracing.Protocols.Dns;

/// <summary>One side of DNS over TCP: messages, each behind two bytes of its length (RFC 1035, section 4.2.2).</summary>
internal sealed class DnsMessageReader(DnsStreamParser parser, Side side) : SideReader
{
    /// <summary>The question and the first answers are in it.</summary>
    private readonly byte[] _message = new byte[1024];

    private int _prefix;
    private int _length;
    private int _left;
    private int _kept;
    private bool _isWhole;
    private Moment _first;

    /// <summary>Whether the place in the stream is lost.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether nothing of a message has come.</summary>
    public bool IsBetween => _prefix == 0;

    public override void Restart() => (IsLost, _prefix, _left) = (false, 0, 0);

    /// <summary>The place in the stream is lost.</summary>
    public void Lose() => IsLost = true;

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && !IsLost)
        {
            int taken = 1;
            if (_prefix < 2)
            {
                _first = _prefix == 0 ? Last : _first;
                _length = _prefix++ == 0 ? bytes[0] : (_length << 8) | bytes[0];
                if (_prefix == 2)
                {
                    (_left, _kept, _isWhole) = (_length, 0, true);
                }
            }
            else
            {
                taken = Math.Min(_left, bytes.Length);
                int kept = _isWhole ? Math.Min(taken, _message.Length - _kept) : 0;
                bytes[..kept].CopyTo(_message.AsSpan(_kept));
                _kept += kept;
                _left -= taken;
            }

            bytes = bytes[taken..];
            EndIfWhole();
        }
    }

    protected override void Skip(ulong count)
    {
        if (IsLost)
        {
            return;
        }

        if (_prefix == 2)
        {
            int own = (int)Math.Min(count, (ulong)_left);
            _isWhole = false;
            _left -= own;
            count -= (ulong)own;
            EndIfWhole();
        }

        IsLost |= count > 0;
    }

    private void EndIfWhole()
    {
        if (_prefix == 2 && _left == 0)
        {
            _prefix = 0;
            parser.Read(side, _message.AsSpan(0, _kept), _first, Last);
        }
    }
}
