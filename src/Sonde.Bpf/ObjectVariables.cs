using Sonde.Bpf.Btf;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>Where a global variable lies: the section and the bytes in it.</summary>
internal readonly record struct VariablePlace(string Section, int Offset, int Size);

/// <summary>The global variables of an object, found through its BTF, in which libbpf has filled in the offsets.</summary>
internal sealed unsafe class ObjectVariables
{
    private readonly Dictionary<string, VariablePlace> _places = [];
    private readonly Dictionary<string, nint> _sectionMaps = [];

    private ObjectVariables(BtfTypes types) => Types = types;

    internal BtfTypes Types { get; }

    internal IEnumerable<string> Sections => _sectionMaps.Keys;

    /// <exception cref="BpfLoadException">The object was compiled without <c>-g</c>.</exception>
    internal static ObjectVariables Read(nint obj)
    {
        nint btf = Libbpf.bpf_object__btf(obj);
        if (btf == 0)
        {
            throw new BpfLoadException("The object has no BTF: compile it with -g.", Errno.NoEntry, null, "");
        }

        uint size;
        byte* bytes = Libbpf.btf__raw_data(btf, &size);
        ObjectVariables variables = new(BtfTypes.Parse(new ReadOnlySpan<byte>(bytes, (int)size).ToArray()));
        foreach (nint map in Handles.Maps(obj))
        {
            // libbpf names a section's map after the object and the section: "tracer.bss".
            string name = Handles.Text(Libbpf.bpf_map__name(map));
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot >= 0 && variables.Types.TryFind(name[dot..], BtfKind.DataSection, out BtfType section))
            {
                variables.Add(section, map);
            }
        }

        return variables;
    }

    internal bool Contains(string name) => _places.ContainsKey(name);

    internal nint Map(string section) => _sectionMaps[section];

    /// <exception cref="ArgumentException">There is no such variable, or its size is another.</exception>
    internal VariablePlace Find(string name, int size)
    {
        if (!_places.TryGetValue(name, out VariablePlace place))
        {
            throw new ArgumentException($"The object has no global variable '{name}'.", nameof(name));
        }

        return place.Size == size
            ? place
            : throw new ArgumentException($"'{name}' has {place.Size} bytes in the object, not {size}.", nameof(name));
    }

    private void Add(BtfType section, nint map)
    {
        string sectionName = section.Name;
        _sectionMaps[sectionName] = map;
        for (int i = 0; i < section.Count; i++)
        {
            (BtfType variable, uint offset, uint size) = section.SectionVariable(i);
            if (variable.IsGlobalVariable)
            {
                _places[variable.Name] = new(sectionName, (int)offset, (int)size);
            }
        }
    }
}
