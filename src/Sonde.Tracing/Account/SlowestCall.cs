namespace Sonde.Tracing.Account;

/// <summary>Of the calls that a server's request has made, the one that took longest. Reused.</summary>
internal sealed class SlowestCall
{
    private byte[] _server = [];
    private int _length;

    /// <summary>Nanoseconds; 0: there was none.</summary>
    public ulong Duration { get; private set; }

    public ReadOnlySpan<byte> Server => _server.AsSpan(0, _length);

    public int Port { get; private set; }

    /// <summary>A call has ended.</summary>
    /// <param name="duration">How long it took, nanoseconds.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="port">Its port.</param>
    public void Note(ulong duration, ReadOnlySpan<byte> server, int port)
    {
        if (duration <= Duration)
        {
            return;
        }

        Duration = duration;
        Port = port;
        _length = server.Length;
        if (_server.Length < _length)
        {
            _server = new byte[Requests.AddressText.MaxLength];
        }

        server.CopyTo(_server);
    }

    public void Clear() => (Duration, Port, _length) = (0, 0, 0);
}
