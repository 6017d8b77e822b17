namespace Sonde.Probes.Code;

/// <summary>What a program is compiled for.</summary>
public sealed record CompilerSettings
{
    /// <summary>
    /// Aggregations are kept in two generations, so that they can be read and emptied without losing a count: user space writes the other
    /// number (0 or 1) to <see cref="MapPurpose.Generation"/>, waits until no program that read the old one still runs, and drains it.
    /// </summary>
    public bool HasGenerations { get; init; }

    /// <summary>
    /// Per-CPU hash maps take memory as keys come (<c>BPF_F_NO_PREALLOC</c>): safe in every program from Linux 6.1 on. Otherwise it is
    /// taken at once, and a keyed histogram has as many keys as fit <see cref="PreallocatedBytes"/>.
    /// </summary>
    public bool AllocatesOnDemand { get; init; }

    /// <summary>
    /// <c>bpf_get_current_task_btf</c> is there (Linux 5.11, with task storage): the current task is followed by ordinary loads. Otherwise
    /// by <c>bpf_probe_read_kernel</c>.
    /// </summary>
    public bool HasTypedTask { get; init; } = true;

    /// <summary>The most that a map which takes its memory at once may take for its values, on all CPUs together.</summary>
    public int PreallocatedBytes { get; init; } = 16 << 20;

    /// <summary>CPUs that the kernel has room for: each has a value of its own in per-CPU maps.</summary>
    public int PossibleCpus { get; init; } = Environment.ProcessorCount;

    /// <summary>Keys of a map at most, unless the program says how many.</summary>
    public int MapKeys { get; init; } = 4096;

    /// <summary>Bytes of the ring buffer: a power of two, whole pages.</summary>
    public int RingBufferBytes { get; init; } = 1 << 20;

    /// <summary>Different stacks that are kept, of each depth.</summary>
    public int Stacks { get; init; } = 4096;

    /// <summary>Events wake who waits at the ring buffer. False when it is read at intervals: an event is cheaper then.</summary>
    public bool WakesReader { get; init; } = true;
}
