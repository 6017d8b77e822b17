using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>
/// The live object: its programs are in the kernel, its maps exist. Disposing it closes both; what is still attached by a
/// <see cref="BpfLink"/> lives on until that link is disposed. Not thread-safe but for what its maps and ring buffers say.
/// </summary>
public sealed unsafe class LoadedObject : IDisposable
{
    private readonly ObjectVariables _variables;
    private readonly Dictionary<string, Section> _sections = [];
    private nint _handle;

    internal LoadedObject(nint handle, string name, ObjectVariables variables, BpfProgram[] programs)
    {
        _handle = handle;
        _variables = variables;
        Name = name;
        Programs = programs;
        Maps = [.. Handles.Maps(handle).Select(each => new BpfMap(each)).Where(each => each.Fd >= 0)];
    }

    public string Name { get; }

    /// <summary>The programs that were loaded.</summary>
    public IReadOnlyList<BpfProgram> Programs { get; }

    public IReadOnlyList<BpfMap> Maps { get; }

    /// <summary>The object's own types.</summary>
    public BtfTypes Types => _variables.Types;

    /// <exception cref="ArgumentException">No program of that name was loaded.</exception>
    public BpfProgram Program(string name) =>
        Programs.FirstOrDefault(each => each.Name == name) ?? throw new ArgumentException($"'{Name}' has loaded no program '{name}'.", nameof(name));

    /// <exception cref="ArgumentException">There is no map of that name.</exception>
    public BpfMap Map(string name) =>
        Maps.FirstOrDefault(each => each.Name == name) ?? throw new ArgumentException($"'{Name}' has no map '{name}'.", nameof(name));

    /// <summary>
    /// A global variable in <c>.bss</c> or <c>.data</c>, shared with the kernel: what is written here the programs see, and the other
    /// way round. Use <see cref="Volatile"/> where it matters. Must not be used after <see cref="Dispose"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such variable, its size is another, or it is a constant.</exception>
    public ref T Variable<T>(string name)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        VariablePlace place = _variables.Find(name, sizeof(T));
        if (place.Section.StartsWith(".rodata", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{name}' is a constant since the object was loaded.", nameof(name));
        }

        ref Section section = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, place.Section, out bool mapped);
        if (!mapped)
        {
            section = Section.Map(_variables.Map(place.Section));
        }

        return ref Unsafe.AsRef<T>(section.Start + place.Offset);
    }

    public void Dispose()
    {
        if (_handle == 0)
        {
            return;
        }

        foreach (Section section in _sections.Values)
        {
            _ = Libc.munmap(section.Start, section.Length);
        }

        Libbpf.bpf_object__close(_handle);
        _handle = 0;
    }

    private readonly struct Section(byte* start, nuint length)
    {
        internal byte* Start { get; } = start;

        internal nuint Length { get; } = length;

        internal static Section Map(nint map)
        {
            nuint page = (nuint)Environment.SystemPageSize;
            nuint length = (Libbpf.bpf_map__value_size(map) + page - 1) & ~(page - 1);
            void* start = Libc.mmap(null, length, Libc.ReadWriteProtection, Libc.Shared, Libbpf.bpf_map__fd(map), 0);
            return Libc.IsMapFailed(start)
                ? throw BpfException.From($"Mapping the variables of '{Handles.Text(Libbpf.bpf_map__name(map))}'", Marshal.GetLastPInvokeError())
                : new((byte*)start, length);
        }
    }
}
