using Sonde.Bpf.Privileges;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Capture;

/// <summary>
/// Lets the observed go first. While the rings have room, the reader runs only where a processor would idle
/// (<c>SCHED_IDLE</c>); should it not come round in time, for the machine may have no idle moment, a guard gives it its turn like
/// everybody's, for a while.
/// </summary>
/// <remarks>Nothing changes where the kernel would not let the reader come back (<see cref="SchedulingPolicies.AreFree"/>).</remarks>
internal sealed class ReaderCourtesy : IDisposable
{
    /// <summary>How much later than it wanted the reader may be: it has more to do than to empty the rings.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>A machine without an idle moment now will hardly have one soon: how long the reader takes its turn then, nanoseconds.</summary>
    private const ulong Respite = 2_000_000_000;

    private readonly Func<long> _waiting;
    private readonly long _limit;
    private readonly int _thread = SchedulingPolicies.CurrentThread;
    private readonly Timer? _guard;
    private readonly Lock _lock = new();
    private bool _isPolite;
    private ulong _ordinaryUntil;

    /// <param name="waiting">Unread bytes of the fullest ring; asked on any thread.</param>
    /// <param name="limit">So many of them end the courtesy.</param>
    public ReaderCourtesy(Func<long> waiting, long limit)
    {
        _waiting = waiting;
        _limit = limit;
        _guard = SchedulingPolicies.AreFree ? new Timer(_ => Guard()) : null;
    }

    /// <summary>There is traffic, and no hurry. On the reader's thread, at every look at the rings.</summary>
    /// <param name="pause">How long the reader is about to rest.</param>
    public void Begin(TimeSpan pause)
    {
        if (_guard is null)
        {
            return;
        }

        if (!_isPolite && _waiting() <= _limit && MonotonicClock.Now >= Volatile.Read(ref _ordinaryUntil))
        {
            lock (_lock)
            {
                _isPolite = SchedulingPolicies.TrySet(_thread, SchedulingPolicy.Idle);
            }
        }

        if (_isPolite)
        {
            _guard.Change(pause + Patience, Timeout.InfiniteTimeSpan);
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
        Volatile.Write(ref _ordinaryUntil, MonotonicClock.Now + Respite);
        Hurry();
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
