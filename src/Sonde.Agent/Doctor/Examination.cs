using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Privileges;

namespace Sonde.Agent.Doctor;

/// <summary>
/// Looks at kernel, privileges and hooks and makes a diagnosis. <c>sonde run</c> looks at what decides, <c>sonde doctor</c> also at
/// what is only worth knowing.
/// </summary>
internal sealed class Examination
{
    private const string KernelGroup = "Kernel", PrivilegesGroup = "Privileges", HooksGroup = "Hooks", ProbesGroup = "Probes", UnusedGroup = "Not used yet";
    private const string Advice = "use Linux 5.15 or newer, best 6.3 or newer";

    /// <summary>What the tracer's programs are made of; none can be replaced.</summary>
    private static readonly Feature[] _required =
        [FeatureTable.RingBuffer, FeatureTable.Tracing, FeatureTable.SocketStorage, FeatureTable.SpinLock, FeatureTable.SavedRegisters];

    /// <summary>What probes can be attached to beside tracepoints, timers and counters; whoever writes none misses none.</summary>
    private static readonly Feature[] _ofProbes =
    [
        FeatureTable.Uprobe, FeatureTable.UprobeMulti, FeatureTable.Kprobe, FeatureTable.KprobeMulti,
        FeatureTable.FunctionEntry, FeatureTable.FunctionExit, FeatureTable.TestRun,
    ];

    private static readonly Feature[] _unused = [FeatureTable.Tcx];

    private readonly Func<Feature, Finding> _ask;
    private readonly CapabilitySet _held;
    private readonly string _release;
    private readonly bool _isThorough;
    private readonly List<DiagnosisRow> _rows = [];
    private string? _obstacle;

    private Examination(Func<Feature, Finding> ask, CapabilitySet held, string release, bool isThorough)
    {
        _ask = ask;
        _held = held;
        _release = release;
        _isThorough = isThorough;
    }

    private bool IsPrivileged => _held.Contains(Capability.SysAdmin) || !PrivilegeAdvice.Required.Except(_held).Any();

    /// <summary>Examines this machine.</summary>
    /// <param name="isThorough">Whether to ask for what decides nothing, too, which takes a tenth of a second more.</param>
    public static Diagnosis Examine(bool isThorough = false)
    {
        Kernel kernel = new();
        return Examine(kernel.Ask, ProcessCapabilities.Effective, Kernel.Release, isThorough);
    }

    /// <summary>Examines what <paramref name="ask"/> tells of a machine.</summary>
    public static Diagnosis Examine(Func<Feature, Finding> ask, CapabilitySet held, string release, bool isThorough)
    {
        Examination examination = new(ask, held, release, isThorough);
        examination.ExamineKernel();
        examination.ExaminePrivileges();
        examination.ExamineRequired();
        examination.ExamineHooks();
        if (isThorough)
        {
            examination.ExamineOptional(ProbesGroup, _ofProbes);
            examination.ExamineOptional(UnusedGroup, _unused);
        }

        int lost = examination._rows.Count(row => row.Condition is Condition.Lost or Condition.Unknown);
        return new(release, examination._rows, examination._obstacle is null, examination._obstacle ?? lost switch
        {
            0 => "This machine can be traced.",
            1 => "This machine can be traced; one thing is lost.",
            _ => $"This machine can be traced; {lost} things are lost.",
        });
    }

    /// <summary>Adds to a diagnosis that the kernel refused the tracer itself.</summary>
    public static Diagnosis WithRefusal(Diagnosis diagnosis, BpfException refusal) => diagnosis with
    {
        Rows = [.. diagnosis.Rows, new(HooksGroup, "load the tracer", Condition.Missing, "refused", refusal.Summary)],
        CanRun = false,
        Sentence = diagnosis.CanRun ? refusal.Summary : diagnosis.Sentence,
    };

    private void ExamineKernel()
    {
        Require(FeatureTable.Btf, $"Linux {_release} has no BTF, the description of its own types that Sonde's programs need: use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of the distributions are.");
        Require(FeatureTable.KernelReads, "Kernel lockdown is in confidentiality mode, in which no program may read kernel memory: boot with lockdown=integrity or without it.");
        Want(FeatureTable.Cgroup2, "containers are not told apart by their cgroup");
        if (_isThorough)
        {
            Finding restricted = _ask(FeatureTable.UnprivilegedBpfOff);
            Add(KernelGroup, FeatureTable.UnprivilegedBpfOff.Name, Condition.Note, restricted.Detail, FeatureTable.UnprivilegedBpfOff.Meaning);
        }
    }

    private void ExaminePrivileges()
    {
        foreach (Feature feature in FeatureTable.Capabilities)
        {
            Capability capability = Enum.GetValues<Capability>().Single(each => each.KernelName() == feature.Name);
            if (_held.Contains(capability))
            {
                Add(PrivilegesGroup, feature.Name, Condition.Good, "held", feature.Meaning);
            }
            else if (PrivilegeAdvice.Required.Contains(capability))
            {
                Add(PrivilegesGroup, feature.Name, IsPrivileged ? Condition.Note : Condition.Missing, "not held", feature.Meaning);
            }
            else if (PrivilegeAdvice.Losses.TryGetValue(capability, out string? loss))
            {
                Add(PrivilegesGroup, feature.Name, Condition.Lost, "not held", loss);
            }
        }

        if (!IsPrivileged)
        {
            Obstruct(PrivilegeAdvice.Sentence(_held));
        }
    }

    private void ExamineRequired()
    {
        foreach (Feature feature in _required)
        {
            Require(feature, $"Linux {_release} cannot be traced: it lacks {feature.Name}, which came with Linux {feature.Since}; {Advice}.");
        }
    }

    private void ExamineHooks()
    {
        foreach (HookPurpose purpose in HookTable.All)
        {
            bool isFound = false;
            foreach (Hook hook in purpose.Hooks)
            {
                if (isFound && !_isThorough)
                {
                    break;
                }

                Finding finding = Ask(hook);
                Condition condition = (finding.Verdict, isFound) switch
                {
                    (Verdict.Yes, false) => hook.Loss.Length == 0 ? Condition.Good : Condition.Lost,
                    (Verdict.Unknown, false) => Condition.Unknown,
                    _ => Condition.Note,
                };
                string found = finding.IsYes ? (isFound ? "there, not needed" : "taken") : finding.Detail;
                Add(HooksGroup, purpose.Name, condition, $"{hook.Name}: {found}", hook.Loss.Length == 0 ? purpose.Meaning : hook.Loss);
                isFound |= finding.IsYes;
            }

            if (!isFound)
            {
                AddWithoutHook(purpose);
            }
        }
    }

    private void AddWithoutHook(HookPurpose purpose)
    {
        Add(HooksGroup, purpose.Name, purpose.LossWithout is null ? Condition.Missing : Condition.Lost, "no hook", purpose.LossWithout ?? purpose.Meaning);
        if (purpose.LossWithout is null)
        {
            Obstruct($"Linux {_release} cannot be traced: it has none of the hooks to {purpose.Name} ({string.Join("; ", purpose.Hooks.Select(hook => hook.Name))}); {Advice}.");
        }
    }

    private void ExamineOptional(string group, IEnumerable<Feature> features)
    {
        foreach (Feature feature in features)
        {
            Finding finding = _ask(feature);
            Add(group, feature.Name, Condition.Note, finding.IsYes ? "there" : finding.Detail, feature.Meaning);
        }
    }

    /// <summary>A hook is there when all that it needs is; otherwise the first thing that is not says why.</summary>
    private Finding Ask(Hook hook)
    {
        foreach (Feature need in hook.Needs)
        {
            Finding finding = _ask(need);
            if (!finding.IsYes)
            {
                return finding with { Detail = $"{need.Name}: {finding.Detail}" };
            }
        }

        return Finding.Yes();
    }

    /// <summary>Looks at what Sonde can't do without.</summary>
    private void Require(Feature feature, string obstacle)
    {
        Finding finding = _ask(feature);
        Condition condition = finding.Verdict switch { Verdict.Yes => Condition.Good, Verdict.No => Condition.Missing, _ => Condition.Unknown };
        Add(KernelGroup, feature.Name, condition, Found(finding), feature.Meaning);
        if (!finding.IsYes)
        {
            Obstruct(finding.Verdict == Verdict.No ? obstacle : $"Whether Linux {_release} has {feature.Name} could not be found out: {finding.Detail}.");
        }
    }

    /// <summary>Looks at what Sonde can do without, at a loss.</summary>
    private void Want(Feature feature, string loss)
    {
        Finding finding = _ask(feature);
        Condition condition = finding.Verdict switch { Verdict.Yes => Condition.Good, Verdict.No => Condition.Lost, _ => Condition.Unknown };
        Add(KernelGroup, feature.Name, condition, Found(finding), finding.IsYes ? feature.Meaning : loss);
    }

    private static string Found(Finding finding) => finding.Detail.Length > 0 ? finding.Detail : "there";

    /// <summary>The first obstacle is the one that is named.</summary>
    private void Obstruct(string sentence) => _obstacle ??= sentence;

    private void Add(string group, string name, Condition condition, string found, string meaning) =>
        _rows.Add(new(group, name, condition, found, meaning));
}
