using Sonde.Telemetry.Processes;

namespace Sonde.Discovery.Processes;

/// <summary>A process in the catalog: what is told of it, and what proves that it is still the same one.</summary>
internal sealed class KnownProcess(ObservedProcess process, ulong startTime, string? executable)
{
    public ObservedProcess Process { get; } = process;

    /// <summary>Zero when it was gone before anyone looked.</summary>
    public ulong StartTime { get; } = startTime;

    public string? Executable { get; } = executable;

    /// <summary>Whether it has ended; kept a while, since its last exchanges are reported after it.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Whether its language runtime is known.</summary>
    public bool HasRuntime { get; set; }

    /// <summary>When it is looked at again, as the clock's timestamp.</summary>
    public long NextLook { get; set; }

    /// <summary>How many more times it is read anew, for what is loaded late.</summary>
    public int LooksLeft { get; set; }

    public KnownProcess? Newer { get; set; }

    public KnownProcess? Older { get; set; }
}

/// <summary>Known processes by id, at most so many: beyond that the one unused for longest goes.</summary>
internal sealed class ProcessTable(int capacity)
{
    private readonly Dictionary<uint, KnownProcess> _processes = [];
    private KnownProcess? _newest;
    private KnownProcess? _oldest;

    public int Count => _processes.Count;

    /// <summary>How many were dropped for want of room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Finds a process and marks it as used.</summary>
    public KnownProcess? Use(uint pid)
    {
        if (!_processes.TryGetValue(pid, out var process))
        {
            return null;
        }

        if (process != _newest)
        {
            Unlink(process);
            Link(process);
        }

        return process;
    }

    /// <summary>Finds a process.</summary>
    public KnownProcess? Find(uint pid) => _processes.GetValueOrDefault(pid);

    /// <summary>Adds a process, in the place of one with the same id.</summary>
    public void Add(KnownProcess process)
    {
        Remove(process.Process.Pid);
        if (_processes.Count >= capacity && _oldest is { } oldest)
        {
            Remove(oldest.Process.Pid);
            Dropped++;
        }

        _processes.Add(process.Process.Pid, process);
        Link(process);
    }

    public void Remove(uint pid)
    {
        if (_processes.Remove(pid, out var process))
        {
            Unlink(process);
        }
    }

    private void Link(KnownProcess process)
    {
        process.Older = _newest;
        process.Newer = null;
        _newest?.Newer = process;
        _newest = process;
        _oldest ??= process;
    }

    private void Unlink(KnownProcess process)
    {
        if (process.Newer is { } newer)
        {
            newer.Older = process.Older;
        }
        else
        {
            _newest = process.Older;
        }

        if (process.Older is { } older)
        {
            older.Newer = process.Newer;
        }
        else
        {
            _oldest = process.Newer;
        }

        process.Newer = process.Older = null;
    }
}
