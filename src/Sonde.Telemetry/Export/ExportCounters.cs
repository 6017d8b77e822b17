namespace Sonde.Telemetry.Export;

/// <summary>What became of the spans or points that were given to an exporter. Readable from any thread.</summary>
public sealed class ExportCounters
{
    private long _queued;
    private long _sent;
    private long _dropped;
    private long _retried;
    private long _rejected;

    /// <summary>Items that wait or are being sent now.</summary>
    public long Queued => Volatile.Read(ref _queued);

    /// <summary>Items that the receiver took.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Items that were lost here: the queue was full, the receiver refused the request, or Sonde ended before they could be sent.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Items in attempts that failed and were made again; one item may count many times.</summary>
    public long Retried => Volatile.Read(ref _retried);

    /// <summary>Items that the receiver did not take of requests that it took (partial success).</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    internal void SetQueued(long items) => Volatile.Write(ref _queued, items);

    internal void AddSent(long items) => Interlocked.Add(ref _sent, items);

    internal void AddDropped(long items) => Interlocked.Add(ref _dropped, items);

    internal void AddRetried(long items) => Interlocked.Add(ref _retried, items);

    internal void AddRejected(long items) => Interlocked.Add(ref _rejected, items);
}
