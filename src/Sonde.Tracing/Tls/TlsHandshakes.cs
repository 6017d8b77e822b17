namespace Sonde.Tracing.Tls;

/// <summary>The handshakes of open connections, by the socket's cookie; bounded. One thread.</summary>
internal sealed class TlsHandshakes(int capacity)
{
    private readonly Dictionary<ulong, TlsHandshake> _handshakes = [];

    public TlsHandshake? Find(ulong cookie) => _handshakes.GetValueOrDefault(cookie);

    /// <summary>Without room the connection's spans say less.</summary>
    public void Add(ulong cookie, TlsHandshake handshake)
    {
        if (_handshakes.Count < capacity)
        {
            _handshakes[cookie] = handshake;
        }
    }

    public void Remove(ulong cookie) => _handshakes.Remove(cookie);
}
