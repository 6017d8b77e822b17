using Sonde.Discovery.Containers;
using Sonde.Discovery.Naming;
using Sonde.Discovery.Processes;
using Sonde.Discovery.Procfs;
using Sonde.Discovery.Resources;
using Sonde.Telemetry.Processes;

namespace Sonde.Discovery;

/// <summary>Whose process is this? Answered from <c>/proc</c>, and from what the kernel said of processes that were too short for that.</summary>
/// <remarks>
/// For one thread. A process that is known costs a look-up and a glance at the clock; a new one some dozen small reads. Every few seconds that a process
/// is asked for, its start time and executable are compared, so that a lost event never leaves a name on somebody else's process; and
/// twice the files that it maps are read again, for what a runtime loads late.
/// <para>Without <c>CAP_SYS_PTRACE</c> the kernel shows only command lines and control groups of other users' processes: they are named by these.</para>
/// </remarks>
public sealed class ProcessCatalog : IProcessCatalog
{
    private const int MaxEnded = 1024;
    private const int MapLooks = 2;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly ProcessFilesystem _proc;
    private readonly ExecNotes _notes = new();
    private readonly ProcessTable _processes;
    private readonly Queue<KnownProcess> _ended = new(MaxEnded + 1);
    private readonly ProcessInspection _inspection;
    private readonly HostIdentity _host;
    private readonly TimeProvider _clock;
    private readonly long _lookInterval;
    private readonly uint _self;

    /// <param name="settings">Which processes are left out, and how many are remembered.</param>
    /// <param name="procRoot">Where the process filesystem is mounted; the host's when Sonde runs in a container.</param>
    public ProcessCatalog(DiscoverySettings settings, string procRoot = "/proc")
        : this(settings, procRoot, TimeProvider.System)
    {
    }

    internal ProcessCatalog(DiscoverySettings settings, string procRoot, TimeProvider clock)
    {
        Filter = new ProcessFilter(settings);
        _proc = new ProcessFilesystem(procRoot);
        _processes = new ProcessTable(Math.Max(1, settings.MaxProcesses));
        _inspection = new ProcessInspection(_proc, _notes, new ContainerNames(procRoot));
        _host = HostIdentity.Read(procRoot);
        _clock = clock;
        _lookInterval = (long)(LookInterval.TotalSeconds * clock.TimestampFrequency);
        _self = _proc.Self;
    }

    /// <summary>Answers for ports, which only a connection has.</summary>
    public ProcessFilter Filter { get; }

    /// <summary>How many processes are remembered now.</summary>
    public int Count => _processes.Count;

    /// <summary>How many were forgotten for want of room, and will be found out about again when they are asked for.</summary>
    public long Dropped => _processes.Dropped;

    /// <summary>How many were gone before anyone could look, without a note of their start: their spans are <c>unknown_service</c>'s.</summary>
    public long Unknown { get; private set; }

    /// <inheritdoc/>
    public ObservedProcess Find(uint pid) =>
        _processes.Use(pid) is { } known && IsStill(known) ? known.Process : Discover(pid);

    /// <inheritdoc/>
    public bool Traces(int serverPort) => Filter.IncludesPort(serverPort) && !Filter.ExcludesPort(serverPort);

    /// <inheritdoc/>
    public void Started(uint pid, ReadOnlySpan<byte> program, ReadOnlySpan<byte> arguments)
    {
        _notes.Add(pid, program, arguments);
        _processes.Remove(pid);
    }

    /// <inheritdoc/>
    public void Ended(uint pid)
    {
        if (_processes.Find(pid) is { HasEnded: false } known)
        {
            Retire(known);
        }
    }

    private ObservedProcess Discover(uint pid)
    {
        var facts = _inspection.Inspect(pid);
        var process = Observe(facts);
        var known = new KnownProcess(process, facts.StartTime, facts.ExecutablePath)
        {
            HasRuntime = facts.Runtime is not null,
            NextLook = _clock.GetTimestamp() + _lookInterval,
            LooksLeft = MapLooks,
        };
        _processes.Add(known);
        if (facts.StartTime == 0)
        {
            Unknown += facts.ExecutablePath is null ? 1 : 0;
            Retire(known);
        }

        return process;
    }

    private ObservedProcess Observe(ProcessFacts facts)
    {
        var identity = ServiceNaming.Identify(facts);
        return new ObservedProcess(facts.Pid)
        {
            Resource = ProcessResource.Of(facts, identity, _host),
            Excluded = facts.Pid == _self || Filter.Excludes(facts, identity.Name),
            Instrumented = facts.Instrumented,
        };
    }

    // Its sockets are closed, and their last exchanges reported, after the kernel has said that it ended.
    private void Retire(KnownProcess known)
    {
        known.HasEnded = true;
        _ended.Enqueue(known);
        if (_ended.Count > MaxEnded)
        {
            var oldest = _ended.Dequeue();
            if (_processes.Find(oldest.Process.Pid) == oldest)
            {
                _processes.Remove(oldest.Process.Pid);
            }
        }
    }

    /// <summary>Whether the id still is this process's; false when another has it or another program runs in it.</summary>
    private bool IsStill(KnownProcess known)
    {
        if (known.HasEnded)
        {
            return !_proc.TryReadStat(known.Process.Pid, out var next) || next.StartTime == known.StartTime;
        }

        var now = _clock.GetTimestamp();
        if (now < known.NextLook)
        {
            return true;
        }

        known.NextLook = now + _lookInterval;
        if (!_proc.TryReadStat(known.Process.Pid, out var stat))
        {
            // Gone, and its end was lost.
            Retire(known);
            return true;
        }

        if (stat.StartTime != known.StartTime || _proc.Link(known.Process.Pid, "exe") != known.Executable)
        {
            return false;
        }

        LookAgain(known);
        return true;
    }

    private void LookAgain(KnownProcess known)
    {
        if (known.LooksLeft == 0 || known.Process.Excluded)
        {
            return;
        }

        known.LooksLeft--;
        var facts = _inspection.Inspect(known.Process.Pid);
        if (facts.StartTime != known.StartTime)
        {
            return;
        }

        known.Process.Instrumented |= facts.Instrumented;
        if (!known.HasRuntime && facts.Runtime is not null)
        {
            // It was seen before its runtime was loaded. Otherwise the first description stays: a title set later says less.
            known.HasRuntime = true;
            known.Process.Resource = ProcessResource.Of(facts, ServiceNaming.Identify(facts), _host);
        }
    }
}
