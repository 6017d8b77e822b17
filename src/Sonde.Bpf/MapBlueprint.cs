using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>A map of an object that is not loaded yet.</summary>
public sealed unsafe class MapBlueprint
{
    private readonly BpfObject _owner;
    private readonly nint _handle;

    internal MapBlueprint(BpfObject owner, nint handle)
    {
        _owner = owner;
        _handle = handle;
        Name = Handles.Text(Libbpf.bpf_map__name(handle));
        Type = Libbpf.bpf_map__type(handle);
        KeySize = (int)Libbpf.bpf_map__key_size(handle);
    }

    public string Name { get; }

    public BpfMapType Type { get; }

    public int KeySize { get; }

    /// <summary>Bytes of a value.</summary>
    public int ValueSize
    {
        get
        {
            _owner.ThrowIfUsedUp();
            return (int)Libbpf.bpf_map__value_size(_handle);
        }

        set
        {
            _owner.ThrowIfUsedUp();
            int result = Libbpf.bpf_map__set_value_size(_handle, (uint)value);
            if (result < 0)
            {
                throw BpfException.From($"Map '{Name}' could not be given values of {value} bytes", -result);
            }
        }
    }

    /// <summary>Entries; for a ring buffer bytes, which libbpf rounds up to a power of two and whole pages.</summary>
    public uint MaxEntries
    {
        get
        {
            _owner.ThrowIfUsedUp();
            return Libbpf.bpf_map__max_entries(_handle);
        }

        set
        {
            _owner.ThrowIfUsedUp();
            int result = Libbpf.bpf_map__set_max_entries(_handle, value);
            if (result < 0)
            {
                throw BpfException.From($"Map '{Name}' could not be given {value} entries", -result);
            }
        }
    }

    /// <summary>Leaves the map out; programs that use it must be off (<see cref="ProgramBlueprint.Autoload"/>).</summary>
    public void LeaveOut()
    {
        _owner.ThrowIfUsedUp();
        _ = Libbpf.bpf_map__set_autocreate(_handle, 0);
    }

    public override string ToString() => $"{Name} ({Type})";
}
