using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Connections;

/// <summary>All connections that are followed, by their socket's cookie; bounded. One thread.</summary>
internal sealed class ConnectionTable(int capacity)
{
    private const int Kept = 1024;

    private readonly Dictionary<ulong, Connection> _connections = [];
    private readonly Stack<Connection> _free = new();
    private readonly List<Connection> _open = [];
    private readonly List<Connection> _held = [];
    private readonly List<Connection> _due = [];

    /// <summary>How many of them are Unix sockets.</summary>
    public int UnixConnections { get; private set; }

    /// <summary>Whether anything waits for the clock.</summary>
    public bool HasWork => _open.Count > 0 || _held.Count > 0;

    public Connection? Find(ulong exchange) => _connections.GetValueOrDefault(exchange >> (int)Limits.OrdinalBits);

    /// <summary>Begins a connection that is new; one that is known, or that there is no room for, is left as it is.</summary>
    /// <returns>The connection if records of it wait; else null.</returns>
    public Connection? Introduce(IConnectionHost host, in ConnectionRecord record)
    {
        ulong cookie = record.Exchange >> (int)Limits.OrdinalBits;
        Connection? waiting = _connections.GetValueOrDefault(cookie);
        Connection? connection = waiting is null ? Add(host, cookie) : waiting.IsIntroduced ? null : waiting;
        connection?.Begin(host, record);
        UnixConnections += connection is { IsUnix: true } ? 1 : 0;
        return connection == waiting ? connection : null;
    }

    /// <summary>Keeps a place for a TLS session that is heard of before it is known whose it is; null when there is no room.</summary>
    public Connection? Await(IConnectionHost host, ulong exchange)
    {
        ulong cookie = exchange >> (int)Limits.OrdinalBits;
        Connection? connection = Add(host, cookie);
        connection?.Await(cookie);
        return connection;
    }

    public void Remove(Connection connection)
    {
        connection.End();
        connection.Sequence.Clear();
        OpenChanged(connection, isOpen: false);
        if (connection.IsHeld)
        {
            connection.IsHeld = false;
            _held.Remove(connection);
        }

        _connections.Remove(connection.Cookie);
        UnixConnections -= connection.IsUnix ? 1 : 0;
        if (_free.Count < Kept)
        {
            _free.Push(connection);
        }
    }

    private Connection? Add(IConnectionHost host, ulong cookie)
    {
        if (_connections.Count >= capacity)
        {
            host.Counters.ConnectionRefused();
            return null;
        }

        Connection connection = _free.TryPop(out Connection? free) ? free : new Connection();
        _connections.Add(cookie, connection);
        return connection;
    }

    /// <summary>Notes whether the connection has open requests.</summary>
    public void OpenChanged(Connection connection, bool isOpen)
    {
        if (isOpen == connection.OpenIndex >= 0)
        {
            return;
        }

        if (isOpen)
        {
            connection.OpenIndex = _open.Count;
            _open.Add(connection);
            return;
        }

        // The last one takes its place.
        Connection last = _open[^1];
        _open[connection.OpenIndex] = last;
        last.OpenIndex = connection.OpenIndex;
        _open.RemoveAt(_open.Count - 1);
        connection.OpenIndex = -1;
    }

    /// <summary>Notes that the connection holds records back.</summary>
    public void Held(Connection connection)
    {
        if (!connection.IsHeld)
        {
            connection.IsHeld = true;
            _held.Add(connection);
        }
    }

    /// <summary>Connections whose oldest held record came before the given time; those that hold none any more are forgotten.</summary>
    /// <param name="time">Nanoseconds of the monotonic clock.</param>
    /// <param name="unboundTime">The same, for TLS sessions of which it is not known whose they are.</param>
    public IReadOnlyList<Connection> TakeHeldBefore(ulong time, ulong unboundTime)
    {
        _due.Clear();
        for (int i = _held.Count - 1; i >= 0; i--)
        {
            ulong since = _held[i].Sequence.HeldSince;
            if (since != 0 && since > (_held[i].IsIntroduced ? time : unboundTime))
            {
                continue;
            }

            if (since != 0)
            {
                _due.Add(_held[i]);
            }

            _held[i].IsHeld = false;
            _held.RemoveAt(i);
        }

        return _due;
    }

    /// <summary>Whether any connection's response has begun and may have ended since it was last heard of.</summary>
    public bool AnyAwaitsEnd(ulong silentSince)
    {
        foreach (Connection connection in _open)
        {
            if (connection.AwaitsEnd(silentSince))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Asks the parsers of connections that have been silent since the given time whether their responses are complete.</summary>
    public void AskIfQuiet(ulong silentSince)
    {
        // From the end: a request that completes takes its connection out of the list.
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (i < _open.Count)
            {
                _open[i].AskIfQuiet(silentSince);
            }
        }
    }

    /// <summary>Sonde stops: what is complete by now becomes a span, the rest is given up.</summary>
    public void CloseAll()
    {
        foreach (Connection connection in _connections.Values)
        {
            connection.End();
        }

        _connections.Clear();
        _open.Clear();
    }
}
