using System.Diagnostics;
using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>Reads the ring buffer, does what the program tells user space to do, runs the intervals, and waits.</summary>
internal sealed class EventLoop : IDisposable
{
    private const int BatchSize = 16_384, IndexSize = sizeof(long);

    /// <summary>Lost events are asked for at most so often; also how long a ring buffer that wakes nobody is left alone.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(200);

    private readonly CompiledUnit _unit;
    private readonly IReadOnlyDictionary<ProbeMap, KernelMap> _maps;
    private readonly BpfMap? _counters;
    private readonly RingBuffer? _ring;
    private readonly ManualResetEventSlim _woken = new();
    private Task? _passes;
    private long _toldLost;
    private long _lastLook;
    private volatile bool _isEnding;

    internal EventLoop(CompiledUnit unit, LoadedPrograms programs, IReadOnlyDictionary<ProbeMap, KernelMap> maps)
    {
        _unit = unit;
        _maps = maps;
        _counters = programs.Find(MapPurpose.Counters);
        _ring = programs.Find(MapPurpose.Events) is { } events ? new(events) : null;
    }

    internal IntervalTimers Timers { get; } = new();

    /// <summary>True once the program called <c>exit()</c> or <see cref="End"/> was called.</summary>
    internal bool IsEnding => _isEnding;

    /// <summary>From now on intervals count, and each iterator makes its one pass.</summary>
    /// <param name="iterators">What makes a pass, on another thread, so that its events are read meanwhile.</param>
    /// <param name="isOver">True when nothing is left to be done after the passes.</param>
    internal void Start(IReadOnlyList<BpfIterator> iterators, bool isOver)
    {
        Timers.Start();
        if (iterators.Count > 0)
        {
            _passes = Task.Run(() =>
            {
                foreach (BpfIterator iterator in iterators)
                {
                    iterator.Pass();
                }

                if (isOver)
                {
                    End();
                }
            });
        }
    }

    /// <summary>Waits for passes that are still being made.</summary>
    internal void StopIterators() => _passes?.GetAwaiter().GetResult();

    internal void Run(IProbeEvents events)
    {
        while (!_isEnding)
        {
            if (Read(events) < BatchSize && !_isEnding)
            {
                Wait();
            }
        }
    }

    /// <summary>Runs the intervals that are due, and hands over what has come, at most a batch.</summary>
    internal int Read(IProbeEvents events)
    {
        Timers.RunDue();
        int count = _ring?.Consume(record => Take(record, events), BatchSize) ?? 0;
        if (count < BatchSize)
        {
            TellLost(events, isLast: false);
            events.OnIdle();
        }

        return count;
    }

    /// <summary>Hands over all that is left, when nothing more can come.</summary>
    internal void ReadToEnd(IProbeEvents events)
    {
        while (_ring?.Consume(record => Take(record, events), BatchSize) > 0)
        {
        }

        TellLost(events, isLast: true);
        events.OnIdle();
    }

    internal void End()
    {
        _isEnding = true;
        _woken.Set();
        _ring?.Wake();
    }

    /// <summary>The words of <see cref="MapPurpose.Counters"/>, the CPUs added up; empty when the program has none.</summary>
    internal long[] ReadCounters()
    {
        if (_counters is null)
        {
            return [];
        }

        ulong[] sums = new ulong[_counters.ValueSize / sizeof(ulong)];
        return _counters.TrySum(0u, sums) ? [.. sums.Select(each => (long)each)] : [];
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _woken.Dispose();
    }

    private void Wait()
    {
        TimeSpan time = Timers.Remaining ?? Timeout.InfiniteTimeSpan;
        if (_ring is null)
        {
            _woken.Wait(time);
        }
        else if (_unit.Settings.WakesReader)
        {
            _ring.Wait(time);
        }
        else
        {
            _ring.Pause(time >= TimeSpan.Zero && time < _patience ? time : _patience);
        }
    }

    private void Take(ReadOnlySpan<byte> record, IProbeEvents events)
    {
        ProbeOutput output = _unit.Source.Outputs[(int)MemoryMarshal.Read<long>(record)];
        switch (output)
        {
            case ExitOutput:
                _isEnding = true;
                break;
            case ClearMapOutput { KeepKeys: true } zero:
                _maps[zero.Map].Zero();
                break;
            case ClearMapOutput clear:
                _maps[clear.Map].Clear();
                break;
            default:
                events.OnEvent(output, record[IndexSize..]);
                break;
        }
    }

    private void TellLost(IProbeEvents events, bool isLast)
    {
        if (!isLast && Stopwatch.GetElapsedTime(_lastLook) < _patience)
        {
            return;
        }

        _lastLook = Stopwatch.GetTimestamp();
        long lost = ReadCounters() is { Length: > 0 } counters ? counters[CompiledUnit.LostEventCounter] : 0;
        if (lost > _toldLost)
        {
            events.OnLost(lost - _toldLost);
            _toldLost = lost;
        }
    }
}
