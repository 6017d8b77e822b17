using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>
/// The blueprint: an object file, opened but not loaded. What is set here (constants, map sizes, which programs) takes effect in
/// <see cref="Load"/>, the only step that asks anything of the kernel.
/// </summary>
public sealed unsafe class BpfObject : IDisposable
{
    /// <summary>Room for the verifier's log; address space only, until something is written to it. The smallest limit among kernels is 16 MiB.</summary>
    private const int LogSize = (16 << 20) - 1;

    private byte* _log;
    private nint _handle;
    private ObjectVariables? _variables;

    private BpfObject(nint handle, string name, byte* log)
    {
        _handle = handle;
        _log = log;
        Name = name;
        Programs = [.. Handles.Programs(handle).Select(each => new ProgramBlueprint(this, each))];
        Maps = [.. Handles.Maps(handle).Select(each => new MapBlueprint(this, each))];
    }

    public string Name { get; }

    public IReadOnlyList<ProgramBlueprint> Programs { get; }

    public IReadOnlyList<MapBlueprint> Maps { get; }

    /// <summary>The object's own types.</summary>
    public BtfTypes Types => Variables.Types;

    private ObjectVariables Variables => _variables ??= ObjectVariables.Read(Handle);

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Opens a compiled object. The bytes are not needed afterwards.</summary>
    /// <param name="elf">The object file.</param>
    /// <param name="name">What messages call it; the kernel sees the first 15 characters.</param>
    /// <exception cref="BpfLoadException">It is no BPF object.</exception>
    public static BpfObject Open(ReadOnlySpan<byte> elf, string name)
    {
        byte* log = (byte*)Libc.mmap(null, LogSize, Libc.ReadWriteProtection, Libc.PrivateAnonymousUnreserved, -1, 0);
        if (Libc.IsMapFailed(log))
        {
            throw BpfException.From("Reserving address space for the verifier's log", Marshal.GetLastPInvokeError());
        }

        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        fixed (byte* bytes = elf)
        fixed (byte* objectName = Encoding.UTF8.GetBytes(name + '\0'))
        {
            OpenOptions options = new() { Size = (nuint)sizeof(OpenOptions), ObjectName = objectName, Log = log, LogSize = LogSize };
            nint handle = Libbpf.bpf_object__open_mem(bytes, (nuint)elf.Length, &options);
            if (handle != 0)
            {
                return new(handle, name, log);
            }
        }

        int error = Marshal.GetLastPInvokeError();
        _ = Libc.munmap(log, LogSize);
        throw LoadFailure.Explain(name, error, messages.Lines, "");
    }

    /// <summary>Opens an object that is embedded in the assembly; under NativeAOT that is memory of the executable and is not copied.</summary>
    /// <exception cref="BpfLoadException">It is no BPF object.</exception>
    public static BpfObject Open(UnmanagedMemoryStream resource, string name) =>
        Open(new ReadOnlySpan<byte>(resource.PositionPointer, checked((int)(resource.Length - resource.Position))), name);

    /// <exception cref="ArgumentException">There is no program of that name.</exception>
    public ProgramBlueprint Program(string name) => Programs.FirstOrDefault(each => each.Name == name) ?? throw Missing("program", name);

    /// <exception cref="ArgumentException">There is no map of that name.</exception>
    public MapBlueprint Map(string name) => Maps.FirstOrDefault(each => each.Name == name) ?? throw Missing("map", name);

    /// <summary>Sets a global <c>const volatile</c> variable (section <c>.rodata</c>), which the verifier then knows as a constant.</summary>
    /// <exception cref="ArgumentException">There is no such constant, or its size is another.</exception>
    public void SetConstant<T>(string name, T value)
        where T : unmanaged
    {
        VariablePlace place = Variables.Find(name, sizeof(T));
        if (!place.Section.StartsWith(".rodata", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' lies in {place.Section} and is no constant: write it after loading.", nameof(name));
        }

        nuint size;
        byte* values = Libbpf.bpf_map__initial_value(Variables.Map(place.Section), &size);
        Unsafe.WriteUnaligned(values + place.Offset, value);
    }

    /// <summary>True when a global variable of that name exists in any section.</summary>
    public bool HasVariable(string name) => Variables.Contains(name);

    /// <summary>Creates the maps and loads the programs. This object is used up, whether that succeeds or not.</summary>
    /// <exception cref="BpfLoadException">The kernel or libbpf refused.</exception>
    public LoadedObject Load()
    {
        nint handle = Handle;
        ObjectVariables variables = Variables;
        using LibbpfLog.Scope messages = LibbpfLog.Collect();
        _log[0] = 0;
        int result = Libbpf.bpf_object__load(handle);
        if (result < 0)
        {
            BpfLoadException failure = LoadFailure.Explain(Name, -result, messages.Lines, Marshal.PtrToStringUTF8((nint)_log) ?? "");
            Dispose();
            throw failure;
        }

        LoadedObject loaded = new(handle, Name, variables, [.. Programs.Where(each => each.Autoload).Select(each => each.ToLoaded())]);
        _handle = 0;
        Dispose();
        return loaded;
    }

    public void Dispose()
    {
        foreach (ProgramBlueprint program in Programs)
        {
            program.FreeLog();
        }

        if (_handle != 0)
        {
            Libbpf.bpf_object__close(_handle);
            _handle = 0;
        }

        if (_log != null)
        {
            _ = Libc.munmap(_log, LogSize);
            _log = null;
        }
    }

    internal void ThrowIfUsedUp() => _ = Handle;

    private ArgumentException Missing(string what, string name) => new($"'{Name}' has no {what} '{name}'.", nameof(name));
}
