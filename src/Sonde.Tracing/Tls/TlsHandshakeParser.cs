using Sonde.Tracing.Abi;
using Sonde.Tracing.Protocols;
using ProgressReason = Sonde.Tracing.Protocols.ProgressReason;
using Side = Sonde.Tracing.Protocols.Side;

namespace Sonde.Tracing.Tls;

/// <summary>
/// Reads the two hellos of a connection, and when the client's side of the handshake is over: it begins to speak again. With TLS 1.2 the
/// server's last message comes half a round trip later, unless the session was resumed.
/// </summary>
internal sealed class TlsHandshakeParser(TlsHandshakes handshakes) : ConversationParser
{
    /// <summary>The name comes early in a client's hello; what follows (key shares) may be long.</summary>
    private const int MostBytes = 2048;

    private readonly byte[] _hello = new byte[MostBytes];
    private int _length;
    private Side _side;
    private ulong _cookie;
    private ulong _first;
    private ulong _began;
    private TlsHandshake? _handshake;
    private bool _isRetried;

    public override void Reset(IConversation conversation) => Resynchronize();

    public override void Read(in Fragment fragment)
    {
        if (_first == 0)
        {
            _first = fragment.Exchange;
            _cookie = fragment.Exchange >> (int)Limits.OrdinalBits;
            _began = fragment.Time;
        }

        if (fragment.Exchange != _first)
        {
            End(fragment);
            return;
        }

        if (fragment.Side != _side)
        {
            _side = fragment.Side;
            _length = 0;
        }

        if (fragment.Position != (ulong)_length)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = fragment.Bytes[..Math.Min(fragment.Bytes.Length, MostBytes - _length)];
        bytes.CopyTo(_hello.AsSpan(_length));
        _length += bytes.Length;
        ReadHello();
    }

    public override void Update(in ExchangeProgress progress)
    {
        if (progress.Reason == ProgressReason.Closed)
        {
            Forget();
        }
    }

    public override void Resynchronize()
    {
        Forget();
        _length = 0;
        _side = default;
        _first = 0;
        _isRetried = false;
    }

    private void ReadHello()
    {
        ReadOnlySpan<byte> hello = _hello.AsSpan(0, _length);
        if (_side == Side.Request)
        {
            _handshake ??= new TlsHandshake();
            if (_handshake.ServerName.Length == 0)
            {
                _handshake.ServerName = HelloReader.ServerName(hello).ToArray();
            }
        }
        else if (_handshake is { Version.Length: 0 } && HelloReader.TryReadServer(hello, out ServerHello answer))
        {
            _handshake.Version = answer.Version;
            _handshake.Cipher = answer.Cipher;
            _isRetried = answer.IsRetry;
            handshakes.Add(_cookie, _handshake);
        }
    }

    /// <summary>A server that asks for another hello makes the handshake longer than what is seen of it.</summary>
    private void End(in Fragment fragment)
    {
        if (_handshake is { Duration: 0 } && !_isRetried && fragment.Side == Side.Request && fragment.Time > _began)
        {
            _handshake.Duration = fragment.Time - _began;
        }
    }

    private void Forget()
    {
        if (_handshake is not null)
        {
            handshakes.Remove(_cookie);
            _handshake = null;
        }
    }
}
