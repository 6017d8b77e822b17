namespace Sonde.Probes.Linq.Events;

/// <summary>A CPU goes from one thread to another.</summary>
[Tracepoint("sched", "sched_switch")]
public sealed record SchedSwitch : KernelEvent
{
    /// <summary>The name of the thread that leaves the CPU.</summary>
    [Field("prev_comm")]
    public string PreviousName { get; init; } = "";

    /// <summary>The thread that leaves the CPU; 0 is the idle one.</summary>
    [Field("prev_pid")]
    public int PreviousThreadId { get; init; }

    /// <summary>The kernel's bits for what it waits for; 0 when it is still ready.</summary>
    [Field("prev_state")]
    public long PreviousState { get; init; }

    [Field("next_comm")]
    public string NextName { get; init; } = "";

    [Field("next_pid")]
    public int NextThreadId { get; init; }
}
