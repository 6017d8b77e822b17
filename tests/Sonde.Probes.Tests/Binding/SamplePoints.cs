using Sonde.Probes.Attach;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>A machine that does not exist: a few attach points of each kind and a few types, so that the binder is tested without a kernel.</summary>
internal sealed class SamplePoints : IAttachPoints, IKernelTypes
{
    private static readonly TargetInteger _char = new(1, true) { IsCharacter = true };
    private static readonly TargetInteger _u8 = new(1, false), _u16 = new(2, false), _u32 = new(4, false), _s32 = new(4, true), _u64 = new(8, false), _s64 = new(8, true);

    private static readonly SampleStructure _in6 = new("in6_addr", 4, 16, At("u6_addr8", 0, new TargetArray(_u8, 16)));

    private static readonly SampleStructure _sock = new(
        "sock", 1, 64, At("family", 16, _u16), At("port", 12, _u16), At("saddr", 4, _u32), At("v6", 24, _in6), At("mac", 40, new TargetArray(_u8, 6)),
        new("shutdown", _u8, 48 * 8 + 3, 2), At("next", 56, new TargetPointer(() => Sock)), At("words", 52, new TargetArray(_u16, 2)));

    private static readonly SampleStructure _task = new(
        "task_struct", 2, 64, At("pid", 0, _s32), At("comm", 8, new TargetArray(_char, 16)), At("parent", 24, new TargetPointer(() => Task)),
        At("name", 32, new TargetPointer(() => _char)), At("flags", 40, _u64), At("nothing", 48, new TargetPointer(() => TargetVoid.Instance)));

    private static readonly SampleEvent _nothing = new("none"), _kprobe = new("kprobe", HasNumbers: true), _kretprobe = new("kret", HasNumbers: true);

    private static readonly AttachPoint[] _points =
    [
        new(new OnceTarget("BEGIN", false), _nothing),
        new(new OnceTarget("END", true), _nothing),
        new(new IntervalTarget("interval:s:1", TimeSpan.FromSeconds(1)), _nothing),
        new(new ProfileTarget("profile:hz:99", 99, true), _nothing),
        Tracepoint(
            "tracepoint:sched:sched_switch", 1, "tracepoint", At("prev_comm", 8, new TargetArray(_char, 16)), At("prev_pid", 24, _s32), At("prev_state", 32, _s64),
            At("next_comm", 40, new TargetArray(_char, 16)), At("next_pid", 56, _s32)),
        Tracepoint(
            "tracepoint:sched:sched_process_exec", 2, "tracepoint", At("filename", 8, new TargetArray(_char, 0)) with { IsDataLocation = true }, At("pid", 12, _s32),
            At("bytes", 16, new TargetArray(_u16, 0)) with { IsDataLocation = true, IsRelative = true }),
        Tracepoint("tracepoint:syscalls:sys_enter_open", 3, "syscall", At("filename", 16, new TargetPointer(() => _char)), At("flags", 24, _s32)),
        Tracepoint("tracepoint:syscalls:sys_enter_openat", 4, "syscall", At("filename", 24, new TargetPointer(() => _char)), At("flags", 32, _s32)),
        Tracepoint("tracepoint:syscalls:sys_enter_execve", 5, "syscall", At("argv", 24, new TargetPointer(() => new TargetPointer(() => _char)))),
        Tracepoint("tracepoint:syscalls:sys_exit_open", 6, "tracepoint", At("ret", 16, _s64)),
        Tracepoint("tracepoint:syscalls:sys_exit_openat", 7, "tracepoint", At("ret", 16, _s64)),
        Tracepoint("tracepoint:raw_syscalls:sys_enter", 8, "tracepoint", At("id", 8, _s64), At("args", 16, new TargetArray(_u64, 6))),
        new(new KprobeTarget("kprobe:vfs_read", "vfs_read", 0, false), _kprobe),
        new(new KprobeTarget("kprobe:vfs_write", "vfs_write", 0, false), _kprobe),
        new(new KprobeTarget("kretprobe:vfs_read", "vfs_read", 0, true), _kretprobe),
        new(new FentryTarget("fentry:tcp_connect", 10, false), new SampleEvent("fentry", new SampleStructure("tcp_connect", 0, 8, At("sk", 0, new TargetPointer(() => _sock))))),
        new(new UprobeTarget("uprobe:/bin/bash:readline", "/bin/bash", null, "readline", 0, false), new SampleEvent("uprobe", HasNumbers: true, InProcess: true)),
    ];

    public static SampleStructure Sock => _sock;

    public static SampleStructure Task => _task;

    public static IEnumerable<string> Names => _points.Select(point => point.Target.Name);

    public IKernelTypes Types => this;

    public IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        string wanted = pattern.ToString();
        AttachPoint[] found = [.. _points.Where(point => point.Target.Name == wanted || (wanted.EndsWith('*') && point.Target.Name.StartsWith(wanted[..^1], StringComparison.Ordinal)))];
        return found.Length > 0 ? found : throw new ProbeException($"There is no '{wanted}' here.", pattern.Span);
    }

    public bool TryFindSymbol(string name, out ulong address)
    {
        address = 0xffffffff81000000;
        return name == "avenrun";
    }

    public TargetType? Find(string name) => name switch
    {
        "struct sock" => _sock,
        "struct task_struct" => _task,
        "struct in6_addr" => _in6,
        "pid_t" => _s32,
        _ => IntegerNames.Find(name.Split(' ')),
    };

    public bool TryFindConstant(string name, out long value, out TargetInteger enumeration)
    {
        enumeration = new(4, false);
        value = 7;
        return name == "TCP_CLOSE";
    }

    private static TargetMember At(string name, int offset, TargetType type) => new(name, type, offset * 8, 0);

    private static AttachPoint Tracepoint(string name, int id, string kind, params TargetMember[] members) =>
        new(new TracepointTarget(name, id), new SampleEvent(kind, new SampleStructure(name, 0, 64, members)));
}
