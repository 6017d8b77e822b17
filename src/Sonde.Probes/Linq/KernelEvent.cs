namespace Sonde.Probes.Linq;

/// <summary>What every event has: who was running. Records of events may derive from it, but need not.</summary>
public abstract record KernelEvent
{
    /// <summary>The process that was running, which is not always the one that the event is about.</summary>
    [Value("pid")]
    public int ProcessId { get; init; }

    [Value("tid")]
    public int ThreadId { get; init; }

    [Value("uid")]
    public uint UserId { get; init; }

    /// <summary>The thread's name, 15 bytes at most.</summary>
    [Value("comm")]
    public string ThreadName { get; init; } = "";

    /// <summary>The name of the process's first thread, 15 bytes at most.</summary>
    [Value("((struct task_struct *)curtask)->group_leader->comm")]
    public string ProcessName { get; init; } = "";

    /// <summary>The CPU's number.</summary>
    [Value("cpu")]
    public int Processor { get; init; }

    /// <summary>The cgroup v2 that the process is in: the inode of its folder.</summary>
    [Value("cgroup")]
    public ulong CgroupId { get; init; }

    /// <summary>Nanoseconds of <c>CLOCK_MONOTONIC</c>, which <see cref="System.Diagnostics.Stopwatch"/> uses as well.</summary>
    [Value("nsecs")]
    public long Timestamp { get; init; }
}
