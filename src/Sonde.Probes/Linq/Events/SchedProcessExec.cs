namespace Sonde.Probes.Linq.Events;

/// <summary>A process has begun to run another program.</summary>
[Tracepoint("sched", "sched_process_exec")]
public sealed record SchedProcessExec : KernelEvent
{
    /// <summary>The program's path, as it was given.</summary>
    [Field("filename")]
    public string FileName { get; init; } = "";

    /// <summary>The thread that called; it now is the process's first one.</summary>
    [Field("old_pid")]
    public int OldThreadId { get; init; }
}
