namespace Sonde.Bpf;

/// <summary><c>enum bpf_prog_type</c> (linux/bpf.h), as far as it is used here.</summary>
public enum BpfProgramType
{
    Unspecified = 0,
    SocketFilter = 1,

    /// <summary>Kprobes, uprobes and both multi links: the context is <c>struct pt_regs</c>.</summary>
    Kprobe = 2,
    SchedulerClassifier = 3,

    /// <summary>The context is the tracepoint's record, as its format file describes it.</summary>
    Tracepoint = 5,

    /// <summary>The context is <c>struct bpf_perf_event_data</c>.</summary>
    PerfEvent = 7,

    /// <summary>The context is the tracepoint's arguments, 8 bytes each, untyped.</summary>
    RawTracepoint = 17,

    /// <summary>The context is arguments of BTF types: <c>tp_btf</c>, <c>fentry</c>, <c>fexit</c>, iterators.</summary>
    Tracing = 26,
    Syscall = 31,
}
