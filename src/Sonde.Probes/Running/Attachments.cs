using System.Collections.Concurrent;
using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Links;
using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>
/// Attaches programs and detaches them. One attach point of a probe that cannot be attached to is a warning; when none can, the probe
/// cannot run, which is an error.
/// </summary>
internal sealed class Attachments : IDisposable
{
    private const int MostWarnings = 5;

    private readonly LoadedPrograms _programs;
    private readonly SessionSettings _settings;
    private readonly Kernel _kernel;
    private readonly UserAttachments _user;
    private readonly Action<string> _warn;
    private readonly List<BpfLink> _links = [];
    private readonly List<BpfIterator> _iterators = [];

    internal Attachments(LoadedPrograms programs, SessionSettings settings, Kernel kernel, Action<string> warn)
    {
        _programs = programs;
        _settings = settings;
        _kernel = kernel;
        _warn = warn;
        _user = new(programs, settings, kernel, warn);
    }

    /// <summary>Attached, and to be gone through once.</summary>
    internal IReadOnlyList<BpfIterator> Iterators => _iterators;

    /// <summary>Loads every program as it will be attached, several at the same time.</summary>
    /// <exception cref="ProbeException">A probe could be loaded for none of its targets.</exception>
    internal void LoadAll(IReadOnlyList<CompiledProgram> programs)
    {
        Load[] loads = [.. programs.SelectMany(LoadsOf).Distinct()];
        ConcurrentDictionary<Load, Exception> failures = [];
        Parallel.ForEach(loads, each => Try(() => _programs.Load(each.Program, each.Type, each.BtfId), refused => failures[each] = refused));
        ForEachProbe(programs, probe =>
        {
            Load[] own = [.. probe.SelectMany(LoadsOf).Distinct()];
            Exception[] refused = [.. own.Where(failures.ContainsKey).Select(each => failures[each])];
            return (own.Length - refused.Length, refused);
        });
    }

    /// <summary>Attaches every program to all its targets but those that user space runs itself.</summary>
    /// <exception cref="ProbeException">A probe could be attached nowhere.</exception>
    internal void AttachAll(IEnumerable<CompiledProgram> programs)
    {
        ForEachProbe(programs, probe =>
        {
            List<Exception> failures = [];
            int attached = probe.Sum(each => Attach(each, failures));
            failures.Take(attached > 0 ? MostWarnings : 0).ToList().ForEach(each => _warn(each.Message));
            if (attached > 0 && failures.Count > MostWarnings)
            {
                _warn($"{failures.Count - MostWarnings} more attach points of the same probe could not be attached to.");
            }

            return (attached, failures);
        });
    }

    public void Dispose()
    {
        // Each waits for the kernel to come to rest: at the same time they wait once.
        _user.Dispose();
        Parallel.ForEach(_links, link => link.Dispose());
        _links.Clear();
        _iterators.ForEach(each => each.Dispose());
        _iterators.Clear();
    }

    /// <summary>Does something for what one pattern of the text became, if it became several programs: it must succeed somewhere.</summary>
    private void ForEachProbe(
        IEnumerable<CompiledProgram> programs, Func<IGrouping<SourceSpan, CompiledProgram>, (int Succeeded, IReadOnlyList<Exception> Failures)> act)
    {
        foreach (IGrouping<SourceSpan, CompiledProgram> probe in programs.GroupBy(each => each.Source.Span))
        {
            (int succeeded, IReadOnlyList<Exception> failures) = act(probe);
            if (succeeded == 0 && failures.Count > 0)
            {
                string? obstacle = _settings.ObstacleOf?.Invoke(probe.First().Source.Targets[0]);
                throw failures[0] is ProbeException failure && obstacle is null
                    ? failure
                    : new ProbeException(obstacle ?? failures[0].Message, probe.Key, failures[0]);
            }
        }
    }

    private IEnumerable<Load> LoadsOf(CompiledProgram program) => program.Source.Targets.Select(target => LoadFor(program, target));

    private Load LoadFor(CompiledProgram program, AttachTarget target) => target switch
    {
        RawTracepointTarget { BtfId: not 0 } typed => new(program, BpfAttachType.RawTracepoint, typed.BtfId),
        FentryTarget function => new(program, function.IsReturn ? BpfAttachType.FunctionExit : BpfAttachType.FunctionEntry, function.BtfId),
        IteratorTarget iterator => new(program, BpfAttachType.Iterator, iterator.BtfId),
        UprobeTarget or UsdtTarget => new(program, _user.AttachType, 0),
        KprobeTarget when IsForManyFunctions(program) => new(program, BpfAttachType.KprobeMulti, 0),
        _ => new(program, BpfAttachType.None, 0),
    };

    private bool IsForManyFunctions(CompiledProgram program) =>
        program.Source.Targets.Count > 1 && program.Source.Targets.All(each => each is KprobeTarget { Offset: 0 }) && _kernel.Ask(FeatureTable.KprobeMulti).IsYes;

    /// <summary>How many of its targets the program is attached to now.</summary>
    private int Attach(CompiledProgram program, List<Exception> failures)
    {
        int attached = 0;
        foreach (IGrouping<Type, AttachTarget> kind in program.Source.Targets.GroupBy(each => each.GetType()))
        {
            attached += kind.First() switch
            {
                OnceTarget or IntervalTarget => 0,
                KprobeTarget => AttachKprobes(program, [.. kind.Cast<KprobeTarget>()], failures),
                UprobeTarget => _user.Attach(program, [.. kind.Cast<UprobeTarget>()], failures),
                UsdtTarget => _user.Attach(program, [.. kind.Cast<UsdtTarget>()], failures),
                _ => kind.Count(each => Try(() => AttachOne(program, each), failures.Add)),
            };
        }

        return attached;
    }

    private void AttachOne(CompiledProgram program, AttachTarget target)
    {
        Load load = LoadFor(program, target);
        BpfProgram loaded = _programs.Load(program, load.Type, load.BtfId);
        switch (target)
        {
            case TracepointTarget tracepoint:
                _links.Add(TracepointLink.Attach(loaded, tracepoint.Id, tracepoint.Name));
                break;
            case RawTracepointTarget { BtfId: 0 } raw:
                _links.Add(RawTracepointLink.Attach(loaded, raw.Event));
                break;
            case RawTracepointTarget or FentryTarget:
                _links.Add(TracingLink.Attach(loaded, target.Name));
                break;
            case ProfileTarget timer:
                _links.Add(SamplingLink.AttachTimer(loaded, timer.Period, timer.IsFrequency, timer.Name));
                break;
            case PerfEventTarget counter:
                _links.Add(SamplingLink.AttachEvent(loaded, counter.IsHardware, counter.Config, counter.Count, counter.Name));
                break;
            case IteratorTarget iterator:
                _iterators.Add(IteratorLink.Attach(loaded, iterator.Name));
                break;
            default:
                throw new ArgumentException($"{target.GetType().Name} has no way to be attached.", nameof(target));
        }
    }

    private int AttachKprobes(CompiledProgram program, KprobeTarget[] targets, List<Exception> failures)
    {
        int attached = 0;
        foreach (IGrouping<bool, KprobeTarget> side in targets.GroupBy(each => each.IsReturn))
        {
            attached += IsForManyFunctions(program) && TryAttachAtOnce(program, [.. side.Select(each => each.Function)], side.Key)
                ? side.Count()
                : side.Count(each => Try(
                    () => _links.Add(KprobeLink.Attach(_programs.Load(program), each.Function, each.Offset, each.IsReturn)), failures.Add));
        }

        return attached;
    }

    /// <summary>All or nothing: one function that ftrace does not know spoils it, then they are attached one by one.</summary>
    private bool TryAttachAtOnce(CompiledProgram program, string[] functions, bool isReturn)
    {
        BpfProgram loaded = _programs.Load(program, BpfAttachType.KprobeMulti);
        try
        {
            _links.Add(KprobeMultiLink.Attach(loaded, functions, isReturn));
            return true;
        }
        catch (BpfException)
        {
            _programs.Unload(loaded);
            return false;
        }
    }

    private static bool Try(Action attach, Action<Exception> fail)
    {
        try
        {
            attach();
            return true;
        }
        catch (Exception refused) when (refused is BpfException or ProbeException)
        {
            fail(refused);
            return false;
        }
    }

    /// <summary>A program, and as what it is loaded.</summary>
    private readonly record struct Load(CompiledProgram Program, BpfAttachType Type, uint BtfId);
}
