using Sonde.Bpf.Btf;
using Sonde.Bpf.Privileges;

namespace Sonde.Bpf.Features;

/// <summary>What Sonde may want of a kernel: one row each.</summary>
public static class FeatureTable
{
    public static Feature Btf { get; } =
        new("BTF", "programs find the kernel's types, wherever they lie", "5.4", KernelProbes.HasBtf);

    public static Feature RingBuffer { get; } =
        new("ring buffer", "records cross to user space in order, without copies", "5.8", KernelProbes.HasRingBuffer);

    public static Feature Tracing { get; } =
        new("tp_btf", "programs run at tracepoints and get their typed arguments", "5.5", KernelProbes.HasTracing);

    public static Feature SocketStorage { get; } =
        new("socket storage in tracing programs", "state lives with its socket and dies with it", "5.11", KernelProbes.HasSocketStorage);

    public static Feature SpinLock { get; } =
        new("spin lock in socket storage", "send and receive on two threads do not disturb each other", "5.11", KernelProbes.HasSpinLock);

    public static Feature SavedRegisters { get; } =
        new("saved user registers", "the bytes of a send or receive are found without an enter hook", "5.15", KernelProbes.HasSavedRegisters);

    public static Feature TaskStorage { get; } =
        new("task storage", "state lives with its thread: the account of its time", "5.11", KernelProbes.HasTaskStorage);

    public static Feature SocketStorageIterator { get; } =
        new("iter/bpf_sk_storage_map", "silent and finished exchanges are swept out", "5.9", KernelProbes.HasSocketStorageIterator);

    public static Feature FunctionEntry { get; } =
        new("fentry", "programs run where a kernel function begins", "5.5", kernel => KernelProbes.HasTrampoline(kernel, BpfAttachType.FunctionEntry));

    public static Feature FunctionExit { get; } =
        new("fexit", "programs run where a kernel function returns", "5.5", kernel => KernelProbes.HasTrampoline(kernel, BpfAttachType.FunctionExit));

    public static Feature Kprobe { get; } =
        new("kprobe", "programs run at almost any kernel instruction", "4.1", KernelProbes.HasKprobe);

    public static Feature KprobeMulti { get; } =
        new("kprobe_multi", "many kernel functions are attached to at once", "5.18", KernelProbes.HasKprobeMulti);

    public static Feature Uprobe { get; } =
        new("uprobe", "programs run in functions of applications and libraries", "4.3", KernelProbes.HasUprobe);

    public static Feature UprobeMulti { get; } =
        new("uprobe_multi", "many such functions are attached to at once", "6.6", KernelProbes.HasUprobeMulti);

    public static Feature TestRun { get; } =
        new("test_run", "programs run when user space says so: BEGIN, END and interval", "5.10", KernelProbes.HasTestRun);

    public static Feature Tcx { get; } =
        new("tcx", "programs see packets and share the hook with others", "6.6", KernelProbes.HasTcx);

    public static Feature Cgroup2 { get; } =
        new("cgroup v2", "containers are told apart, programs attach to them", "4.5", KernelProbes.HasCgroup2);

    public static Feature KernelReads { get; } =
        new("kernel reads", "programs may read kernel memory", "", KernelProbes.AllowsKernelReads);

    public static Feature UnprivilegedBpfOff { get; } =
        new("unprivileged BPF off", "only who holds CAP_BPF may load programs, which is as it should be", "", KernelProbes.ForbidsUnprivilegedBpf);

    /// <summary>The capabilities of this process that matter.</summary>
    public static IReadOnlyList<Feature> Capabilities { get; } =
    [
        Held(Capability.Bpf, "load programs, make maps"),
        Held(Capability.PerfMon, "read kernel memory in programs, attach to tracepoints"),
        Held(Capability.NetAdmin, "attach to network hooks"),
        Held(Capability.SysPtrace, "read other processes' environment, executable and descriptors"),
        Held(Capability.DacReadSearch, "read files of other users, such as executables in containers"),
        Held(Capability.SysAdmin, "stands in for CAP_BPF and CAP_PERFMON before 5.8; run-time statistics"),
    ];

    public static IReadOnlyList<Feature> All { get; } =
    [
        Btf, RingBuffer, Tracing, SocketStorage, SpinLock, SavedRegisters, TaskStorage, SocketStorageIterator, FunctionEntry, FunctionExit,
        Kprobe, KprobeMulti, Uprobe, UprobeMulti, TestRun, Tcx, Cgroup2, KernelReads, UnprivilegedBpfOff, .. Capabilities,
    ];

    /// <summary>A tracepoint, by its name without the group: <c>sched_switch</c>.</summary>
    public static Feature Tracepoint(string name, string meaning, string since = "") =>
        new($"tp_btf/{name}", meaning, since, kernel => KernelProbes.HasTracepoint(kernel, name));

    /// <summary>That a pointer in the context of a <c>tp_btf</c> program is never null, so that programs need not test it.</summary>
    /// <param name="target">The tracepoint's <c>btf_trace_…</c> typedef.</param>
    /// <param name="offset">The pointer's place in the context, in bytes.</param>
    /// <param name="structure">What it points to.</param>
    public static Feature TracepointPointer(BtfType target, int offset, BtfType structure) => new(
        $"tp_btf/{target.Name}+{offset}",
        "programs follow the pointer without testing it",
        "",
        _ => KernelProbes.CanFollow(target.Id, offset, structure));

    /// <summary>A kernel function that can be named in fentry, fexit and kprobe.</summary>
    public static Feature Function(string name, string meaning) =>
        new($"function {name}", meaning, "", kernel => KernelProbes.HasFunction(kernel, name));

    private static Feature Held(Capability capability, string meaning) =>
        new(capability.KernelName(), meaning, "", _ => KernelProbes.HasCapability(capability));
}
