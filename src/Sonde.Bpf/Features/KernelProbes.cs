using System.Text;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Instructions;
using Sonde.Bpf.Native;
using Sonde.Bpf.Privileges;
using static Sonde.Bpf.Features.Snippets;
using static Sonde.Bpf.Instructions.BpfRegister;

namespace Sonde.Bpf.Features;

/// <summary>The probes behind the rows: each tries the thing itself, with a few instructions, and undoes it.</summary>
internal static class KernelProbes
{
    /// <summary>Exists for tests of exactly this, in every kernel with BPF and networking; nothing calls it (net/bpf/test_run.c).</summary>
    private const string IdleFunction = "bpf_fentry_test1";

    private const int BadFileDescriptor = 9, NoSuchDevice = 19;
    private const uint NoPreallocation = 1;

    private static readonly CapabilitySet _tracing = CapabilitySet.Of(Capability.Bpf, Capability.PerfMon);
    private static readonly CapabilitySet _network = CapabilitySet.Of(Capability.Bpf, Capability.NetAdmin);
    private static readonly CapabilitySet _everything = CapabilitySet.Of(Capability.SysAdmin);

    internal static Finding HasBtf(Kernel kernel) => File.Exists(BtfTypes.KernelPath)
        ? Finding.Yes($"{kernel.Types.Count} types in {BtfTypes.KernelPath}")
        : Finding.No($"{BtfTypes.KernelPath} is missing");

    internal static Finding HasTracepoint(Kernel kernel, string name) => kernel.Types.Contains("btf_trace_" + name, BtfKind.Typedef)
        ? Finding.Yes("in BTF")
        : Finding.No("not in this kernel's BTF");

    internal static Finding HasFunction(Kernel kernel, string name) => kernel.Types.Contains(name, BtfKind.Function)
        ? Finding.Yes("in BTF")
        : Finding.No("not in this kernel's BTF, perhaps inlined");

    internal static Finding HasRingBuffer(Kernel kernel) =>
        Closed(BpfCall.CreateMap(BpfMapType.RingBuffer, 0, 0, (uint)Environment.SystemPageSize));

    internal static Finding HasTaskStorage(Kernel kernel) => WithStorageMap(BpfMapType.TaskStorage, _ => Finding.Yes());

    internal static Finding HasTracing(Kernel kernel) => TracingLoads(kernel, BtfKind.Typedef, "btf_trace_sched_switch", BpfAttachType.RawTracepoint, ReturnZero);

    internal static Finding HasSavedRegisters(Kernel kernel) => TracingLoads(
        kernel, BtfKind.Typedef, "btf_trace_sched_switch", BpfAttachType.RawTracepoint,
        [Call(BpfHelper.CurrentTaskBtf), Copy(R1, R0), Call(BpfHelper.TaskRegisters), .. ReturnZero]);

    internal static Finding HasSocketStorage(Kernel kernel) => WithStorageMap(BpfMapType.SocketStorage, map => TracingLoads(
        kernel, BtfKind.Typedef, "btf_trace_inet_sock_set_state", BpfAttachType.RawTracepoint, [.. StorageOfFirstArgument(map), .. ReturnZero]));

    internal static Finding HasSpinLock(Kernel kernel) => WithStorageMap(BpfMapType.SocketStorage, map => TracingLoads(
        kernel, BtfKind.Typedef, "btf_trace_inet_sock_set_state", BpfAttachType.RawTracepoint,
        [
            .. StorageOfFirstArgument(map), SkipIfNotZero(R0, 2), .. ReturnZero,
            Add(R0, StorageValue.LockOffset), Copy(R6, R0), Copy(R1, R6), Call(BpfHelper.SpinLock), Copy(R1, R6), Call(BpfHelper.SpinUnlock), .. ReturnZero,
        ]));

    internal static Finding HasSocketStorageIterator(Kernel kernel) =>
        TracingLoads(kernel, BtfKind.Function, "bpf_iter_bpf_sk_storage_map", BpfAttachType.Iterator, ReturnZero);

    /// <summary>Loading is not enough: arm64 before 6.0 loads and then refuses to attach.</summary>
    internal static Finding HasTrampoline(Kernel kernel, BpfAttachType attachType)
    {
        if (!kernel.Types.TryFind(IdleFunction, BtfKind.Function, out BtfType function))
        {
            return Finding.Unknown($"{IdleFunction}, which is tried for it, is not in BTF");
        }

        return With(
            BpfCall.LoadProgram(BpfProgramType.Tracing, attachType, function.Id, ReturnZero),
            _tracing,
            program => Closed(BpfCall.OpenRawTracepoint(program)));
    }

    /// <summary>Loads a typed pointer from the context and then what it points to; refused when the pointer may be null.</summary>
    internal static Finding CanFollow(uint target, int offset, BtfType structure)
    {
        BtfType first = structure.Resolved;
        while (first.Kind is BtfKind.Struct or BtfKind.Union && first.Count > 0)
        {
            first = first.Member(0).Type.Resolved;
        }

        // A pointer can only be loaded as a whole, of all else any byte.
        ulong load = first.Kind == BtfKind.Pointer ? Load64(R2, R2, 0) : Load8(R2, R2, 0);
        return Closed(BpfCall.LoadProgram(BpfProgramType.Tracing, BpfAttachType.RawTracepoint, target, [Load64(R2, R1, (short)offset), load, .. ReturnZero]));
    }

    internal static Finding HasKprobe(Kernel kernel) => HasProbeEvent("kprobe", IdleFunction, _tracing);

    /// <summary>File offset 0 is the ELF header: no instruction is there, so no process meets the probe.</summary>
    internal static Finding HasUprobe(Kernel kernel) => HasProbeEvent("uprobe", "/proc/self/exe", _everything);

    /// <summary>A kernel that knows uprobe_multi complains that a directory is no executable; one that doesn't, of the attach type.</summary>
    internal static unsafe Finding HasUprobeMulti(Kernel kernel)
    {
        ulong offset = 0;
        fixed (byte* path = "/\0"u8)
        {
            ulong[] link = [(ulong)path, (ulong)&offset, 0, 0, 1, 0];
            return With(
                BpfCall.LoadProgram(BpfProgramType.Kprobe, BpfAttachType.UprobeMulti, 0, ReturnZero),
                _tracing,
                program => Expected(BpfCall.CreateLink(program, 0, BpfAttachType.UprobeMulti, link), BadFileDescriptor, _tracing));
        }
    }

    /// <summary>Tried on a function that nothing calls.</summary>
    internal static unsafe Finding HasKprobeMulti(Kernel kernel)
    {
        fixed (byte* function = Encoding.UTF8.GetBytes(IdleFunction + '\0'))
        {
            ulong symbol = (ulong)function;
            ulong[] link = [1ul << 32, (ulong)&symbol, 0, 0];
            return With(
                BpfCall.LoadProgram(BpfProgramType.Kprobe, BpfAttachType.KprobeMulti, 0, ReturnZero),
                _tracing,
                program => Closed(BpfCall.CreateLink(program, 0, BpfAttachType.KprobeMulti, link)));
        }
    }

    internal static Finding HasTestRun(Kernel kernel) => With(
        BpfCall.LoadProgram(BpfProgramType.RawTracepoint, BpfAttachType.None, 0, ReturnZero),
        _tracing,
        program => TestRun.Once(program) is < 0 and int error ? Refused(-error, _tracing) : Finding.Yes());

    /// <summary>Asked with a network device that does not exist.</summary>
    internal static Finding HasTcx(Kernel kernel) => With(
        BpfCall.LoadProgram(BpfProgramType.SchedulerClassifier, BpfAttachType.None, 0, ReturnZero),
        _network,
        program => Expected(BpfCall.CreateLink(program, int.MaxValue, BpfAttachType.TcxIngress, []), NoSuchDevice, _network));

    internal static Finding HasCgroup2(Kernel kernel) =>
        Kernel.CgroupMount is { } mount ? Finding.Yes($"mounted at {mount}") : Finding.No("not in /proc/mounts");

    internal static Finding HasCapability(Capability capability) =>
        ProcessCapabilities.Effective.Contains(capability) ? Finding.Yes("held") : Finding.No("not held");

    internal static Finding ForbidsUnprivilegedBpf(Kernel kernel)
    {
        const string Path = "/proc/sys/kernel/unprivileged_bpf_disabled";
        string value = File.ReadAllText(Path).Trim();
        return value == "0" ? Finding.No($"{Path} is 0") : Finding.Yes($"{Path} is {value}");
    }

    /// <summary>In the mode "confidentiality" BPF programs may not read kernel memory (security/lockdown).</summary>
    internal static Finding AllowsKernelReads(Kernel kernel)
    {
        const string Path = "/sys/kernel/security/lockdown";
        if (!File.Exists(Path))
        {
            return Finding.Yes("no lockdown");
        }

        string modes = File.ReadAllText(Path).Trim();
        return modes.Contains("[confidentiality]", StringComparison.Ordinal) ? Finding.No(modes) : Finding.Yes(modes);
    }

    /// <summary>An error that says "I do not know that" is a no; one that says "you may not" is unknown, unless the process may.</summary>
    private static Finding Refused(int error, CapabilitySet needed)
    {
        string reason = $"{Errno.Describe(error)} (errno {error})";
        return error switch
        {
            Errno.NotPermitted or Errno.Access when MissingOf(needed) is { Length: > 0 } missing => Finding.Unknown($"could not ask without {missing}"),
            Errno.NotPermitted or Errno.Access or Errno.Invalid or Errno.NoEntry or Errno.NoSuchProcess or Errno.TooBig
                or Errno.NotSupported or Errno.KernelNotSupported => Finding.No(reason),
            _ => Finding.Unknown($"could not ask: {reason}"),
        };
    }

    private static string MissingOf(CapabilitySet needed)
    {
        CapabilitySet held = ProcessCapabilities.Effective;
        return held.Contains(Capability.SysAdmin) ? "" : string.Join(" and ", needed.Except(held).Select(each => each.KernelName()));
    }

    private static Finding Closed(int descriptor) => Closed(descriptor, _tracing);

    private static Finding Closed(int descriptor, CapabilitySet needed)
    {
        if (descriptor < 0)
        {
            return Refused(-descriptor, needed);
        }

        _ = Libc.close(descriptor);
        return Finding.Yes();
    }

    private static Finding Expected(int result, int error, CapabilitySet needed) => result == -error ? Finding.Yes() : Closed(result, needed);

    private static Finding With(int descriptor, CapabilitySet needed, Func<int, Finding> probe)
    {
        if (descriptor < 0)
        {
            return Refused(-descriptor, needed);
        }

        try
        {
            return probe(descriptor);
        }
        finally
        {
            _ = Libc.close(descriptor);
        }
    }

    private static Finding WithStorageMap(BpfMapType type, Func<int, Finding> probe) => With(BpfCall.LoadBtf(StorageValue.Btf), _tracing, btf => With(
        BpfCall.CreateMap(type, sizeof(int), StorageValue.Size, 0, NoPreallocation, btf, StorageValue.KeyType, StorageValue.ValueType), _tracing, probe));

    private static ulong[] StorageOfFirstArgument(int map) =>
        [Load64(R2, R1, 0), .. LoadMap(R1, map), Set(R3, 0), Set(R4, 1), Call(BpfHelper.SocketStorageGet)];

    private static Finding TracingLoads(Kernel kernel, BtfKind kind, string target, BpfAttachType attachType, ReadOnlySpan<ulong> instructions) =>
        kernel.Types.TryFind(target, kind, out BtfType type)
            ? Closed(BpfCall.LoadProgram(BpfProgramType.Tracing, attachType, type.Id, instructions))
            : Finding.No($"{target} is not in this kernel's BTF");

    private static Finding HasProbeEvent(string kind, string target, CapabilitySet needed) => PerfCall.HasSource(kind)
        ? Closed(PerfCall.OpenProbe(kind, target, 0), needed)
        : Finding.No($"{PerfCall.SourcePath(kind)} is missing");
}
