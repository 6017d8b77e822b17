using Sonde.Bpf.Privileges;

namespace Sonde.Tracing.Capture;

/// <summary>
/// Lets the observed go first. While the rings have room, the reader runs only where a processor would idle
/// (<c>SCHED_IDLE</c>); should it not come round in time and they fill, for the machine may have no idle moment, a guard gives it
/// its turn like everybody's.
/// </summary>
/// <remarks>Nothing changes where the kernel would not let the reader come back (<see cref="SchedulingPolicies.AreFree"/>).</remarks>
internal sealed class ReaderCourtesy : IDisposable
{
    /// <summary>How often the guard looks once the reader is late: a small part of the time in which a ring fills.</summary>
    private static readonly TimeSpan GuardInterval = TimeSpan.FromMilliseconds(25);

    /// <summary>After so many looks it gets its turn however little waits: what it tells of is to be no older than half a second.</summary>
    private const int MostLooks = 10;

    private readonly Func<long> _waiting;
    private readonly long _limit;
    private readonly int _thread = SchedulingPolicies.CurrentThread;
    private readonly Timer? _guard;
    private readonly Lock _lock = new();
    private bool _isPolite;
    private int _looks;

    /// <param name="waiting">Unread bytes of the fullest ring; asked on any thread.</param>
    /// <param name="limit">So many of them end the courtesy.</param>
    public ReaderCourtesy(Func<long> waiting, long limit)
    {
        _waiting = waiting;
        _limit = limit;
        _guard = SchedulingPolicies.AreFree ? new Timer(_ => Guard()) : null;
    }

    /// <summary>There is traffic, and no hurry. On the reader's thread, at every look at the rings.</summary>
    /// <param name="pause">How long the reader is about to rest; twice that later it is late.</param>
    public void Begin(TimeSpan pause)
    {
        if (_guard is null)
        {
            return;
        }

        if (!_isPolite && _waiting() <= _limit)
        {
            lock (_lock)
            {
                _isPolite = SchedulingPolicies.TrySet(_thread, SchedulingPolicy.Idle);
            }
        }

        if (_isPolite)
        {
            Volatile.Write(ref _looks, 0);
            _guard.Change(pause + pause + GuardInterval, GuardInterval);
        }
    }

    /// <summary>
    /// The reader is about to wait for the next record, has more to do than to read, or ends: it is to be there at once. On its own thread.
    /// </summary>
    public void End()
    {
        _guard?.Change(Timeout.Infinite, Timeout.Infinite);
        Hurry();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_guard is not null)
        {
            using var ended = new ManualResetEvent(false);
            _guard.Dispose(ended);
            ended.WaitOne();
        }
    }

    private void Guard()
    {
        if (_waiting() > _limit || Interlocked.Increment(ref _looks) > MostLooks)
        {
            Hurry();
        }
    }

    private void Hurry()
    {
        lock (_lock)
        {
            if (_isPolite)
            {
                _isPolite = !SchedulingPolicies.TrySet(_thread, SchedulingPolicy.Normal);
            }
        }
    }
}
