using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Attach;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Metrics;

/// <summary>
/// The probes that run for their metrics: those that come with Sonde and the user's own, which come, change and go while it runs. One
/// that cannot be used is told of, and harms no other. What is made here needs no privilege yet but for <see cref="Prepare"/>; loading needs
/// CAP_BPF and CAP_PERFMON, and CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH and CAP_CHECKPOINT_RESTORE to reach every copy of a library.
/// </summary>
public sealed class ProbeSet : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(100);

    private readonly ProbeSetSettings _settings;
    private readonly ProbeMetrics _metrics;
    private readonly SessionSettings _session;
    private readonly Action<string> _notice;
    private readonly ProbeFolder? _folder;
    private readonly Kernel _kernel;
    private readonly MachineAttachPoints _points;
    private readonly SharedMappedFiles? _ownMappedFiles;
    private readonly Dictionary<string, RunningProbe> _running = [];
    private readonly Dictionary<string, string> _files = [];
    private readonly Lock _lock = new();

    /// <param name="settings">Which probes run.</param>
    /// <param name="metrics">Gets the maps of those that do.</param>
    /// <param name="session">How they run; what the kernel can do is asked once for all.</param>
    /// <param name="notice">Takes sentences for a person: what does not run and why.</param>
    public ProbeSet(ProbeSetSettings settings, ProbeMetrics metrics, SessionSettings session, Action<string> notice)
    {
        _settings = settings;
        _metrics = metrics;
        _kernel = session.Kernel ?? new Kernel();
        _points = new MachineAttachPoints(_kernel);
        _ownMappedFiles = session.MappedFiles is null ? new SharedMappedFiles() : null;
        _session = session with { Kernel = _kernel, MappedFiles = session.MappedFiles ?? _ownMappedFiles, ObstacleOf = session.ObstacleOf ?? _points.ObstacleOf };
        _notice = notice;
        _folder = settings.Folder is { } folder ? new ProbeFolder(folder) : null;
    }

    /// <summary>What they count.</summary>
    public ProbeMetrics Metrics => _metrics;

    /// <summary>The names of the probes that run.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_lock)
            {
                return [.. _running.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Opens what only a privileged process may: the trace file system, where it is not mounted. To be called before privileges are given up.</summary>
    public void Prepare() => _points.Open();

    /// <summary>Starts all that are to run, or what has come until it is cancelled.</summary>
    public void Load(CancellationToken cancellationToken = default)
    {
        foreach (string name in BuiltInProbes.Names.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            Start(BuiltInProbes.Read(name));
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            LookIntoFolder();
        }

        GiveMemoryBack();
    }

    /// <summary>Keeps to the folder and runs what programs do by themselves, until it is cancelled.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        TimeSpan rest = s_lookInterval;
        while (!cancellationToken.IsCancellationRequested)
        {
            RunningProbe[] timed;
            lock (_lock)
            {
                timed = [.. _running.Values.Where(probe => probe.HasTimers)];
            }

            if (timed.Length == 0 && _folder is null)
            {
                return;
            }

            TimeSpan pause = timed.Length > 0 ? s_pollInterval : s_lookInterval;
            await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (RunningProbe probe in timed)
            {
                probe.Poll();
            }

            rest -= pause;
            if (rest <= TimeSpan.Zero)
            {
                rest = s_lookInterval;
                if (LookIntoFolder())
                {
                    GiveMemoryBack();
                }
            }
        }
    }

    /// <summary>Ends all.</summary>
    public void Dispose()
    {
        foreach (string name in Names)
        {
            Stop(name);
        }

        _ownMappedFiles?.Dispose();
        _points.Dispose();
    }

    /// <summary>The kernel's types and all that compiling left behind: twice as much as everything else that Sonde keeps at rest.</summary>
    private void GiveMemoryBack()
    {
        _kernel.ForgetTypes();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <returns>Whether anything had changed there.</returns>
    private bool LookIntoFolder()
    {
        if (_folder is null)
        {
            return false;
        }

        (IReadOnlyList<string> changed, IReadOnlyList<string> gone) = _folder.Look();
        foreach (string path in gone)
        {
            if (_files.Remove(path, out string? name))
            {
                Stop(name);
                _notice($"{path} is gone, and its probe has ended");
                if (BuiltInProbes.Names.Contains(name))
                {
                    Start(BuiltInProbes.Read(name));
                }
            }
        }

        foreach (string path in changed)
        {
            StartFile(path);
        }

        return changed.Count + gone.Count > 0;
    }

    private void StartFile(string path)
    {
        bool isNew = !_files.ContainsKey(path);
        _files[path] = Path.GetFileNameWithoutExtension(path);
        try
        {
            ProbeFile file = ProbeFileReader.Read(path, File.ReadAllText(path));
            if (Start(file))
            {
                _notice($"{path} {(isNew ? "was read" : "has changed")}, and its probe runs");
            }
        }
        catch (Exception exception) when (exception is ProbeFileException or IOException or UnauthorizedAccessException)
        {
            // What ran of it before goes on.
            _notice(exception is ProbeFileException ? exception.Message : $"{path} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Starts a probe, in place of the one of its name. One that cannot be started leaves what runs alone.</summary>
    private bool Start(ProbeFile file)
    {
        if (!_settings.Allows(file))
        {
            Stop(file.Name);
            return false;
        }

        string? refusal = null;
        foreach (ProgramText text in file.Programs)
        {
            try
            {
                Start(file, text);
                return true;
            }
            catch (ProbeException exception)
            {
                (int line, int column) = text.Locate(exception.Span.Start);
                refusal ??= $"{file.Path}:{line}:{column}: {exception.Message}";
            }
            catch (Exception exception) when (exception is ProbeFileException or BpfException)
            {
                refusal ??= exception.Message;
            }
        }

        _notice($"probe {file.Name} does not run: {refusal}");
        return false;
    }

    private void Start(ProbeFile file, ProgramText text)
    {
        ProbeProgram program = new ProbeSource(text.Text, file.Path).Bind(_points, new ProbeOptions { KeepsSummaries = true });
        CompilerSettings compiler = MachineSettings.Of(_kernel) with { HasGenerations = true, WakesReader = false };
        var probe = new RunningProbe(ProbeSession.Load(ProbeCompiler.Compile(program, compiler), _session));
        try
        {
            _metrics.Add(file, program, probe.Session.Symbols, new SessionCounts(probe.Session), _points.Types);
        }
        catch
        {
            probe.Dispose();
            throw;
        }

        RunningProbe? before;
        lock (_lock)
        {
            _running.Remove(file.Name, out before);
            _running.Add(file.Name, probe);
        }

        before?.Dispose();
    }

    private void Stop(string name)
    {
        RunningProbe? probe;
        lock (_lock)
        {
            _running.Remove(name, out probe);
        }

        _metrics.Remove(name);
        probe?.Dispose();
    }
}
