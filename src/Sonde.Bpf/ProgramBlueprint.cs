using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>A program of an object that is not loaded yet.</summary>
public sealed unsafe class ProgramBlueprint
{
    private const int LogSize = (16 << 20) - 1;

    private readonly BpfObject _owner;
    private readonly nint _handle;
    private byte* _log;

    internal ProgramBlueprint(BpfObject owner, nint handle)
    {
        _owner = owner;
        _handle = handle;
        Name = Handles.Text(Libbpf.bpf_program__name(handle));
        Section = Handles.Text(Libbpf.bpf_program__section_name(handle));
    }

    public string Name { get; }

    /// <summary>The ELF section, which says where the program is attached: <c>tp_btf/sched_switch</c>.</summary>
    public string Section { get; }

    /// <summary>Whether <see cref="BpfObject.Load"/> loads it. A section that starts with <c>?</c> is off until turned on.</summary>
    public bool Autoload
    {
        get
        {
            _owner.ThrowIfUsedUp();
            return Libbpf.bpf_program__autoload(_handle) != 0;
        }

        set
        {
            _owner.ThrowIfUsedUp();
            Check(Libbpf.bpf_program__set_autoload(_handle, value ? (byte)1 : (byte)0), "turned on or off");
        }
    }

    /// <summary>Overrules how the program is going to be attached, where its type leaves a choice: uprobes one by one or many at once.</summary>
    public void SetAttachType(BpfAttachType type)
    {
        _owner.ThrowIfUsedUp();
        Check(Libbpf.bpf_program__set_expected_attach_type(_handle, type), $"loaded for {type}");
    }

    /// <summary>Asks for the verifier's log even on success (<see cref="BpfProgram.VerifierLog"/>): 1 instructions, 2 every path, 4 statistics only.</summary>
    public void KeepVerifierLog(int level = 1)
    {
        _owner.ThrowIfUsedUp();
        if (_log == null)
        {
            void* log = Libc.mmap(null, LogSize, Libc.ReadWriteProtection, Libc.PrivateAnonymousUnreserved, -1, 0);
            if (Libc.IsMapFailed(log))
            {
                throw BpfException.From("Reserving address space for the verifier's log", Marshal.GetLastPInvokeError());
            }

            _log = (byte*)log;
            Check(Libbpf.bpf_program__set_log_buf(_handle, _log, LogSize), "given a log");
        }

        Check(Libbpf.bpf_program__set_log_level(_handle, (uint)level), "given a log level");
    }

    /// <summary>Overrules the section's target: another tracepoint or function of the kernel, of the same program type.</summary>
    /// <exception cref="BpfException">The kernel has no such target.</exception>
    public void SetAttachTarget(string target)
    {
        _owner.ThrowIfUsedUp();
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        Check(Libbpf.bpf_program__set_attach_target(_handle, 0, target), $"pointed at '{target}'");
    }

    public override string ToString() => $"{Name} ({Section})";

    internal BpfProgram ToLoaded() => new(_handle, Name, Section, _log == null ? null : Marshal.PtrToStringUTF8((nint)_log));

    internal void FreeLog()
    {
        if (_log != null)
        {
            _ = Libc.munmap(_log, LogSize);
            _log = null;
        }
    }

    private void Check(int result, string done)
    {
        if (result < 0)
        {
            throw BpfException.From($"Program '{Name}' could not be {done}", -result);
        }
    }
}
