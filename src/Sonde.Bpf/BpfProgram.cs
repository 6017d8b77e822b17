using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>What the kernel counted for a program while <see cref="BpfStatistics"/> were on.</summary>
/// <param name="RunTime">Nanoseconds spent in it, some 30 to 40 of each run being the clock itself.</param>
/// <param name="RunCount">Runs.</param>
/// <param name="RecursionMisses">Runs left out because the program was already running on that CPU; counted always.</param>
public readonly record struct RunTimeStatistics(ulong RunTime, ulong RunCount, ulong RecursionMisses);

/// <summary>
/// A program in the kernel. One that <see cref="Load"/> loaded is its holder's to dispose, and is attached by <see cref="Links"/>; an
/// object's is closed with the object, disposing it does nothing.
/// </summary>
public sealed unsafe class BpfProgram : IDisposable
{
    private const uint LogSize = (16 << 20) - 1;

    private bool _isDisposed;

    private readonly nint _handle;

    internal BpfProgram(nint handle, string name, string section, string? verifierLog)
    {
        _handle = handle;
        Name = name;
        Section = section;
        VerifierLog = verifierLog;
        Fd = Libbpf.bpf_program__fd(handle);
    }

    private BpfProgram(string name, int fd)
    {
        Name = name;
        Section = "";
        Fd = fd;
    }

    public string Name { get; }

    /// <summary>The ELF section: <c>tp_btf/sched_switch</c>; empty for what comes from no object file.</summary>
    public string Section { get; }

    public int Fd { get; }

    /// <summary>The verifier's log, if <see cref="ProgramBlueprint.KeepVerifierLog"/> asked for it.</summary>
    public string? VerifierLog { get; }

    /// <exception cref="BpfException">The kernel does not answer.</exception>
    public RunTimeStatistics Statistics
    {
        get
        {
            ProgramInfo info = ReadInfo();
            return new(info.RunTimeNanoseconds, info.RunCount, info.RecursionMisses);
        }
    }

    /// <summary>Instructions that the verifier walked, on all paths; 0 before Linux 5.16.</summary>
    public uint VerifiedInstructions => ReadInfo().VerifiedInstructions;

    /// <summary>Loads a program from its instructions.</summary>
    /// <exception cref="BpfLoadException">The verifier or the kernel refused.</exception>
    public static BpfProgram Load(ProgramDefinition definition)
    {
        // Without a log first: writing one costs the verifier more than the verdict.
        int fd = BpfCall.LoadProgram(definition, definition.Instructions.Span, null, 0);
        return fd >= 0 ? new(definition.Name, fd) : LoadExplained(definition);
    }

    /// <summary>Attaches it to what its section names.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink Attach()
    {
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        return Linked(Libbpf.bpf_program__attach(_handle), Section);
    }

    /// <summary>Attaches it to an offset in an executable or library, in one process or (-1) in all.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink AttachUprobe(string path, nuint offset, bool isReturn = false, int processId = -1)
    {
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        return Linked(Libbpf.bpf_program__attach_uprobe(_handle, isReturn ? (byte)1 : (byte)0, processId, path, offset), path);
    }

    /// <summary>Attaches it to a cgroup v2, given the descriptor of its directory.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink AttachCgroup(int cgroupFd)
    {
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        return Linked(Libbpf.bpf_program__attach_cgroup(_handle, cgroupFd), Section);
    }

    /// <summary>Makes the iterator of an <c>iter/…</c> program. <c>iter/bpf_sk_storage_map</c> and <c>iter/bpf_map_elem</c> need the map.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfIterator AttachIterator(BpfMap? map = null)
    {
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        IteratorTarget target = new() { MapFd = map?.Fd ?? 0 };
        IteratorOptions options = new() { Size = (nuint)sizeof(IteratorOptions) };
        if (map is not null)
        {
            options.Target = &target;
            options.TargetSize = (uint)sizeof(IteratorTarget);
        }

        return new(Linked(Libbpf.bpf_program__attach_iter(_handle, &options), Section), Name);
    }

    /// <summary>Runs a <c>SEC("syscall")</c> program once, in this thread, and returns what it returned.</summary>
    /// <param name="context">What the program's argument points to; the program may write to it. At most 64 KiB.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int Run(Span<byte> context = default)
    {
        fixed (byte* bytes = context)
        {
            TestRunOptions options = new() { Size = (nuint)sizeof(TestRunOptions), ContextIn = bytes, ContextSizeIn = (uint)context.Length };
            return RunWith(&options);
        }
    }

    /// <inheritdoc cref="Run(Span{byte})"/>
    public int Run<T>(ref T context)
        where T : unmanaged => Run(MemoryMarshal.AsBytes(new Span<T>(ref context)));

    /// <summary>Runs a raw tracepoint program once, on this CPU, with zeroes for arguments.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void RunOnce()
    {
        int result = TestRun.Once(Fd);
        if (result < 0)
        {
            throw BpfException.From($"Program '{Name}' could not be run", -result);
        }
    }

    /// <summary>Runs a socket filter or tc program on a packet, as a test does, and returns what it returned.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int RunOnPacket(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
        {
            TestRunOptions options = new() { Size = (nuint)sizeof(TestRunOptions), DataIn = bytes, DataSizeIn = (uint)packet.Length };
            return RunWith(&options);
        }
    }

    public void Dispose()
    {
        if (_handle == 0 && !_isDisposed)
        {
            _isDisposed = true;
            _ = Libc.close(Fd);
        }
    }

    public override string ToString() => _handle == 0 ? Name : $"{Name} ({Section})";

    private static BpfProgram LoadExplained(ProgramDefinition definition)
    {
        byte* log = (byte*)Libc.mmap(null, LogSize, Libc.ReadWriteProtection, Libc.PrivateAnonymousUnreserved, -1, 0);
        if (Libc.IsMapFailed(log))
        {
            throw BpfException.From("Reserving address space for the verifier's log", Marshal.GetLastPInvokeError());
        }

        try
        {
            int fd = BpfCall.LoadProgram(definition, definition.Instructions.Span, log, LogSize);
            return fd >= 0
                ? new(definition.Name, fd)
                : throw LoadFailure.ExplainProgram(definition.Name, -fd, Marshal.PtrToStringUTF8((nint)log) ?? "");
        }
        finally
        {
            _ = Libc.munmap(log, LogSize);
        }
    }

    private int RunWith(TestRunOptions* options)
    {
        int result = Libbpf.bpf_prog_test_run_opts(Fd, options);
        return result == 0 ? (int)options->Result : throw BpfException.From($"Program '{Name}' could not be run", -result);
    }

    private ProgramInfo ReadInfo()
    {
        ProgramInfo info = default;
        uint size = (uint)Unsafe.SizeOf<ProgramInfo>();
        int result = Libbpf.bpf_obj_get_info_by_fd(Fd, &info, &size);
        return result == 0 ? info : throw BpfException.From($"The kernel tells nothing of program '{Name}'", -result);
    }

    private BpfLink Linked(nint link, string target) => link != 0
        ? new(link)
        : throw BpfException.From($"Program '{Name}' could not be attached to '{target}'", Marshal.GetLastPInvokeError());
}
