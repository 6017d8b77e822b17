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
    private readonly Kernel _kernel;
    private readonly UserAttachments _user;
    private readonly Action<string> _warn;
    private readonly List<BpfLink> _links = [];
    private readonly List<BpfIterator> _iterators = [];

    internal Attachments(LoadedPrograms programs, SessionSettings settings, Kernel kernel, Action<string> warn)
    {
        _programs = programs;
        _kernel = kernel;
        _warn = warn;
        _user = new(programs, settings, kernel, warn);
    }

    /// <summary>Attached, and to be gone through once.</summary>
    internal IReadOnlyList<BpfIterator> Iterators => _iterators;

    /// <summary>Attaches every program to all its targets but those that user space runs itself.</summary>
    /// <exception cref="ProbeException">A probe could be attached nowhere.</exception>
    internal void AttachAll(IEnumerable<CompiledProgram> programs)
    {
        // What one pattern of the text became, if it became several programs.
        foreach (IGrouping<SourceSpan, CompiledProgram> probe in programs.GroupBy(each => each.Source.Span))
        {
            List<Exception> failures = [];
            int attached = probe.Sum(each => Attach(each, failures));
            if (attached == 0 && failures.Count > 0)
            {
                throw failures[0] as ProbeException ?? new ProbeException(failures[0].Message, probe.Key, failures[0]);
            }

            failures.Take(MostWarnings).ToList().ForEach(each => _warn(each.Message));
            if (failures.Count > MostWarnings)
            {
                _warn($"{failures.Count - MostWarnings} more attach points of the same probe could not be attached to.");
            }
        }
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
                _ => kind.Count(each => Try(() => AttachOne(program, each), failures)),
            };
        }

        return attached;
    }

    private void AttachOne(CompiledProgram program, AttachTarget target)
    {
        switch (target)
        {
            case TracepointTarget tracepoint:
                _links.Add(TracepointLink.Attach(_programs.Load(program), tracepoint.Id, tracepoint.Name));
                break;
            case RawTracepointTarget { BtfId: 0 } raw:
                _links.Add(RawTracepointLink.Attach(_programs.Load(program), raw.Event));
                break;
            case RawTracepointTarget typed:
                _links.Add(TracingLink.Attach(_programs.Load(program, BpfAttachType.RawTracepoint, typed.BtfId), typed.Name));
                break;
            case FentryTarget function:
                BpfAttachType type = function.IsReturn ? BpfAttachType.FunctionExit : BpfAttachType.FunctionEntry;
                _links.Add(TracingLink.Attach(_programs.Load(program, type, function.BtfId), function.Name));
                break;
            case ProfileTarget timer:
                _links.Add(SamplingLink.AttachTimer(_programs.Load(program), timer.Period, timer.IsFrequency, timer.Name));
                break;
            case PerfEventTarget counter:
                _links.Add(SamplingLink.AttachEvent(_programs.Load(program), counter.IsHardware, counter.Config, counter.Count, counter.Name));
                break;
            case IteratorTarget iterator:
                _iterators.Add(IteratorLink.Attach(_programs.Load(program, BpfAttachType.Iterator, iterator.BtfId), iterator.Name));
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
            attached += side.Count() > 1 && side.All(each => each.Offset == 0) && TryAttachAtOnce(program, [.. side.Select(each => each.Function)], side.Key)
                ? side.Count()
                : side.Count(each => Try(
                    () => _links.Add(KprobeLink.Attach(_programs.Load(program), each.Function, each.Offset, each.IsReturn)), failures));
        }

        return attached;
    }

    /// <summary>All or nothing: one function that ftrace does not know spoils it, then they are attached one by one.</summary>
    private bool TryAttachAtOnce(CompiledProgram program, string[] functions, bool isReturn)
    {
        if (!_kernel.Ask(FeatureTable.KprobeMulti).IsYes)
        {
            return false;
        }

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

    private static bool Try(Action attach, List<Exception> failures)
    {
        try
        {
            attach();
            return true;
        }
        catch (Exception refused) when (refused is BpfException or ProbeException)
        {
            failures.Add(refused);
            return false;
        }
    }
}
