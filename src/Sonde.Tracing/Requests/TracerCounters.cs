namespace Sonde.Tracing.Requests;

/// <summary>What the tracer counts of itself; read by Sonde's own metrics from another thread.</summary>
public sealed class TracerCounters
{
    private long _exchanges, _requests, _records, _recordsMissed, _abandoned, _parseFailures, _connectionsRefused, _unbound, _wakeups;

    /// <summary>Exchanges whose beginning was seen.</summary>
    public long Exchanges => Volatile.Read(ref _exchanges);

    /// <summary>Spans completed, sampled or not.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Records read from the ring buffer.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Records that a connection's sequence numbers show to be missing.</summary>
    public long RecordsMissed => Volatile.Read(ref _recordsMissed);

    /// <summary>Requests given up because too much of them was lost.</summary>
    public long Abandoned => Volatile.Read(ref _abandoned);

    /// <summary>Messages that were not of their connection's protocol.</summary>
    public long ParseFailures => Volatile.Read(ref _parseFailures);

    /// <summary>Connections left out because as many as the settings allow were followed already.</summary>
    public long ConnectionsRefused => Volatile.Read(ref _connectionsRefused);

    /// <summary>Records of TLS sessions whose socket was not found in time: nothing is made of them.</summary>
    public long RecordsUnbound => Volatile.Read(ref _unbound);

    /// <summary>How often the reader was woken or its interval ended.</summary>
    public long Wakeups => Volatile.Read(ref _wakeups);

    // One thread writes: plain additions, no interlocked ones.
    internal void Exchange() => _exchanges++;

    internal void Request() => _requests++;

    internal void Record() => _records++;

    internal void Missed(uint records) => _recordsMissed += records;

    internal void Abandon() => _abandoned++;

    internal void ParseFailure() => _parseFailures++;

    internal void ConnectionRefused() => _connectionsRefused++;

    internal void Unbound(int records) => _unbound += records;

    internal void Wakeup() => _wakeups++;
}
