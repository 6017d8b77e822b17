namespace Sonde.Probes.Model;

/// <summary>A place that a program is attached to, found on this machine: no names to look up are left.</summary>
/// <param name="Name">As <c>probe</c> tells it: <c>tracepoint:sched:sched_switch</c>.</param>
public abstract record AttachTarget(string Name);

/// <summary>A tracepoint's record: <c>BPF_PROG_TYPE_TRACEPOINT</c>.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Id">From its <c>id</c> file, for <c>perf_event_open</c>.</param>
public sealed record TracepointTarget(string Name, int Id) : AttachTarget(Name);

/// <summary>A tracepoint's arguments: <c>tp_btf</c> when <paramref name="BtfId"/> is not 0, else <c>raw_tp</c>.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Event">The tracepoint.</param>
/// <param name="BtfId">The number of its <c>btf_trace_…</c> typedef.</param>
public sealed record RawTracepointTarget(string Name, string Event, uint BtfId) : AttachTarget(Name);

/// <param name="Name">The full name.</param>
/// <param name="Function">The kernel's symbol.</param>
/// <param name="Offset">Bytes into it.</param>
/// <param name="IsReturn">A kretprobe.</param>
public sealed record KprobeTarget(string Name, string Function, long Offset, bool IsReturn) : AttachTarget(Name);

/// <summary>fentry and fexit.</summary>
/// <param name="Name">The full name.</param>
/// <param name="BtfId">The function's number in BTF.</param>
/// <param name="IsReturn">fexit.</param>
public sealed record FentryTarget(string Name, uint BtfId, bool IsReturn) : AttachTarget(Name);

/// <param name="Name">The full name.</param>
/// <param name="Path">The file, as this process can open it; null for each distinct copy of <paramref name="Library"/>.</param>
/// <param name="Library">A library's short name (<c>libc</c>) when every copy on the machine is meant, later ones included.</param>
/// <param name="Symbol">The function; null when <paramref name="Offset"/> is in the file.</param>
/// <param name="Offset">Bytes into the function or the file.</param>
/// <param name="IsReturn">A uretprobe.</param>
public sealed record UprobeTarget(string Name, string? Path, string? Library, string? Symbol, long Offset, bool IsReturn) : AttachTarget(Name);

/// <summary>A user-space static probe: one location of its note, with the semaphore to hold up.</summary>
public sealed record UsdtTarget(string Name, string Path, long Offset, long SemaphoreOffset) : AttachTarget(Name);

/// <summary>A timer on every CPU.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Period">Nanoseconds between two, or when <paramref name="IsFrequency"/> times a second.</param>
/// <param name="IsFrequency">True for <c>hz</c>.</param>
public sealed record ProfileTarget(string Name, long Period, bool IsFrequency) : AttachTarget(Name);

/// <summary>A software or hardware event of perf, every so many.</summary>
public sealed record PerfEventTarget(string Name, bool IsHardware, long Config, long Count) : AttachTarget(Name);

/// <summary>A timer in user space that has the kernel run the program once (<c>BPF_PROG_TEST_RUN</c>).</summary>
public sealed record IntervalTarget(string Name, TimeSpan Period) : AttachTarget(Name);

/// <summary>Run once, before all others are attached (<c>BEGIN</c>) or after they were detached (<c>END</c>).</summary>
public sealed record OnceTarget(string Name, bool IsEnd) : AttachTarget(Name);

/// <summary>A BPF iterator, run through once.</summary>
/// <param name="Name">The full name.</param>
/// <param name="BtfId">The number of <c>bpf_iter_…</c> in BTF.</param>
public sealed record IteratorTarget(string Name, uint BtfId) : AttachTarget(Name);
