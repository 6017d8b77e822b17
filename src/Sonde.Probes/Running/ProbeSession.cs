using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running.Symbols;

namespace Sonde.Probes.Running;

/// <summary>
/// A program in the kernel: loaded by <see cref="Load"/>, attached by <see cref="Start"/> and run until <see cref="Stop"/>, or all of it by
/// <see cref="Run"/>. One thread drives it; maps, figures and <see cref="End"/> are for any thread. Disposing it leaves nothing behind.
/// </summary>
public sealed class ProbeSession : IDisposable
{
    private readonly CompiledUnit _unit;
    private readonly SessionSettings _settings;
    private readonly LoadedPrograms _programs;
    private readonly Dictionary<ProbeMap, KernelMap> _maps;
    private readonly Attachments _attachments;
    private readonly EventLoop _loop;
    private readonly Generations? _generations;
    private readonly Lock _drainLock = new();
    private readonly List<string> _warnings = [];
    private bool _isAttached;
    private bool _isStopped;
    private bool _isDisposed;

    private ProbeSession(CompiledUnit unit, SessionSettings settings)
    {
        _unit = unit;
        _settings = settings;
        _programs = new(unit);
        try
        {
            _attachments = new(_programs, settings, settings.Kernel ?? new Kernel(), Warn);
            _maps = unit.Maps.Where(each => each.Purpose == MapPurpose.Values)
                .ToDictionary(each => each.Source!, each => new KernelMap(each, _programs.MapOf(each)));
            foreach (KernelMap map in _maps.Values)
            {
                map.Fill();
            }

            _generations = _programs.Find(MapPurpose.Generation) is { } word ? new(word) : null;
            Symbols = new SessionSymbols(unit, _programs);
            _loop = new(unit, _programs, _maps);
            _attachments.LoadAll(unit.Programs);
            foreach (CompiledProgram program in unit.Programs)
            {
                foreach (IntervalTarget interval in program.Source.Targets.OfType<IntervalTarget>())
                {
                    _loop.Timers.Add(_programs.Load(program), interval.Period);
                }
            }
        }
        catch
        {
            _generations?.Dispose();
            _loop?.Dispose();
            _programs.Dispose();
            throw;
        }
    }

    /// <summary>The program.</summary>
    public ProbeProgram Program => _unit.Source;

    /// <summary>Names addresses, and knows the stacks that the program recorded.</summary>
    public ISymbols Symbols { get; }

    /// <summary>What could not be attached to, a sentence each.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
            {
                return [.. _warnings];
            }
        }
    }

    /// <summary>What was lost, and what it cost.</summary>
    /// <exception cref="BpfException">The kernel does not answer.</exception>
    public SessionFigures Figures
    {
        get
        {
            long[] counters = _loop.ReadCounters();
            Dictionary<ProbeMap, long> refused = [];
            foreach (ProbeMap map in _maps.Keys)
            {
                if (_unit.RefusalCounter(map) is var word && word < counters.Length && counters[word] != 0)
                {
                    refused.Add(map, counters[word]);
                }
            }

            return new(
                counters.Length == 0 ? 0 : counters[CompiledUnit.LostEventCounter],
                refused,
                [.. _programs.Loaded.Select(each => new ProgramFigures(each.Source.Targets[0].Name, each.Source, each.Program.Statistics))]);
        }
    }

    /// <summary>Creates the maps and loads the programs. Nothing is attached yet.</summary>
    /// <exception cref="ProbeException">The kernel refused.</exception>
    public static ProbeSession Load(CompiledUnit unit, SessionSettings? settings = null) => new(unit, settings ?? new());

    /// <summary>Starts, hands over events until the program calls <c>exit()</c>, the process ends or the token is cancelled, and stops.</summary>
    /// <param name="events">Takes what the program sends.</param>
    /// <param name="started">Called when all is attached.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ProbeException">A probe could not be loaded or attached.</exception>
    public void Run(IProbeEvents events, Action? started = null, CancellationToken cancellation = default)
    {
        Start(events);
        started?.Invoke();
        using (cancellation.Register(End))
        using (_settings.ProcessId is { } process ? ProcessEnd.Watch(process, End) : null)
        {
            _loop.Run(events);
        }

        Stop(events);
    }

    /// <summary>Runs <c>BEGIN</c>, then attaches everything.</summary>
    /// <exception cref="ProbeException">A probe could not be loaded or attached.</exception>
    public void Start(IProbeEvents events)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        RunOnce(isEnd: false);
        _loop.Read(events);
        if (_loop.IsEnding)
        {
            return;
        }

        _isAttached = true;
        try
        {
            _attachments.AttachAll(_unit.Programs);
        }
        catch
        {
            Detach();
            throw;
        }

        _loop.Start(_attachments.Iterators, isOver: _unit.Source.Probes.All(probe => probe.Targets.All(each => each is IteratorTarget or OnceTarget { IsEnd: false })
            && probe.Targets.Any(each => each is IteratorTarget)));
    }

    /// <summary>Hands over what has come and runs the intervals that are due, without waiting: for those who have a timer of their own.</summary>
    /// <returns>False once the program called <c>exit()</c>.</returns>
    public bool Poll(IProbeEvents events)
    {
        _loop.Read(events);
        return !_loop.IsEnding;
    }

    /// <summary>Ends <see cref="Run"/>.</summary>
    public void End() => _loop.End();

    /// <summary>Detaches, runs <c>END</c> and hands over the last events, once. Maps can still be read.</summary>
    public void Stop(IProbeEvents events)
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        Detach();
        RunOnce(isEnd: true);
        _loop.ReadToEnd(events);
    }

    /// <summary>What a map holds.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public MapSnapshot Read(ProbeMap map) => _maps[map].Read();

    /// <summary>Takes everything out of a map.</summary>
    /// <inheritdoc cref="Read"/>
    public void Clear(ProbeMap map) => _maps[map].Clear();

    /// <summary>Sets every value of a map to zero, and keeps the keys.</summary>
    /// <inheritdoc cref="Read"/>
    public void Zero(ProbeMap map) => _maps[map].Zero();

    /// <summary>
    /// Takes what all aggregations counted since the last time: exactly, each event is in one of the answers. Takes some ten milliseconds,
    /// while the kernel waits for programs that still run. Only of a unit with generations.
    /// </summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public IReadOnlyList<MapSnapshot> Drain()
    {
        lock (_drainLock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            int generation = (_generations ?? throw new InvalidOperationException("This program was compiled without generations.")).Switch();
            return [.. _maps.Values.Where(each => each.HasGenerations).Select(each => each.Drain(generation))];
        }
    }

    public void Dispose()
    {
        lock (_drainLock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        Detach();
        _loop.Dispose();
        _generations?.Dispose();
        _programs.Dispose();
    }

    private void Detach()
    {
        if (_isAttached)
        {
            _isAttached = false;
            _loop.StopIterators();
            _attachments.Dispose();
        }
    }

    private void RunOnce(bool isEnd)
    {
        foreach (CompiledProgram program in _unit.Programs)
        {
            foreach (OnceTarget _ in program.Source.Targets.OfType<OnceTarget>().Where(each => each.IsEnd == isEnd))
            {
                _programs.Load(program).RunOnce();
            }
        }
    }

    private void Warn(string sentence)
    {
        lock (_warnings)
        {
            _warnings.Add(sentence);
        }
    }
}
