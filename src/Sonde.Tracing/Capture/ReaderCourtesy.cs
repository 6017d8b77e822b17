using Sonde.Bpf.Privileges;

namespace Sonde.Tracing.Capture;

/// <summary>
/// Lets the observed go first. While the rings have room, the reader runs only where a processor would idle
/// (<c>SCHED_IDLE</c>); a guard gives it its turn like everybody's once they fill, for the machine may have no idle moment.
/// </summary>
/// <remarks>Nothing changes where the kernel would not let the reader come back (<see cref="SchedulingPolicies.AreFree"/>).</remarks>
internal sealed class ReaderCourtesy : IDisposable
{
    /// <summary>How often the guard looks, while there is traffic: a small part of the time in which a ring fills.</summary>
    private static readonly TimeSpan GuardInterval = TimeSpan.FromMilliseconds(25);

    private readonly Func<long> _waiting;
    private readonly long _limit;
    private readonly int _thread = SchedulingPolicies.CurrentThread;
    private readonly Timer? _guard;
    private readonly Lock _lock = new();
    private bool _isPolite;

    /// <param name="waiting">Unread bytes of the fullest ring; asked on any thread.</param>
    /// <param name="limit">So many of them end the courtesy.</param>
    public ReaderCourtesy(Func<long> waiting, long limit)
    {
        _waiting = waiting;
        _limit = limit;
        _guard = SchedulingPolicies.AreFree ? new Timer(_ => Guard()) : null;
    }

    /// <summary>There is traffic, and no hurry. On the reader's thread.</summary>
    public void Begin()
    {
        if (_guard is null || _isPolite || _waiting() > _limit)
        {
            return;
        }

        lock (_lock)
        {
            _isPolite = SchedulingPolicies.TrySet(_thread, SchedulingPolicy.Idle);
        }

        _guard.Change(GuardInterval, GuardInterval);
    }

    /// <summary>The reader is about to wait for the next record, or to end: it is to be there at once. On its own thread.</summary>
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
        if (_waiting() > _limit)
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
