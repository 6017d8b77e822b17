using Sonde.Bpf.Btf;
using Sonde.Bpf.Features;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Types;

/// <summary>Types of the running kernel by their names in C. Its BTF is read when the first name needs it.</summary>
internal sealed class KernelTypes(Kernel kernel) : IKernelTypes
{
    private readonly Dictionary<string, TargetType?> _found = [];
    private readonly Lazy<BtfTypes?> _btf = new(() => Read(kernel));

    /// <summary>The kernel's BTF; null when it has none.</summary>
    internal BtfTypes? Btf => _btf.Value;

    public TargetType? Find(string name)
    {
        if (!_found.TryGetValue(name, out TargetType? type))
        {
            _found.Add(name, type = Search(name));
        }

        return type;
    }

    public bool TryFindConstant(string name, out long value, out TargetInteger enumeration)
    {
        if (Btf is { } types && types.TryFindConstant(name, out value, out BtfType type))
        {
            enumeration = new((int)type.Size, type.IsSigned) { Enumeration = type };
            return true;
        }

        (value, enumeration) = (0, new(4, true));
        return false;
    }

    private TargetType? Search(string name)
    {
        string[] words = [.. name.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => word is not ("const" or "volatile" or "restrict"))];
        return words switch
        {
            ["void"] => TargetVoid.Instance,
            ["struct", var tag] => FindIn(tag, BtfKind.Struct),
            ["union", var tag] => FindIn(tag, BtfKind.Union),
            ["enum", var tag] => FindIn(tag, BtfKind.Enum) ?? FindIn(tag, BtfKind.Enum64),
            _ => IntegerNames.Find(words) ?? (words is [var alias] ? FindIn(alias, BtfKind.Typedef) ?? FindIn(alias, BtfKind.Struct) : null),
        };
    }

    private TargetType? FindIn(string name, BtfKind kind) =>
        Btf is { } types && types.TryFind(name, kind, out BtfType type) ? BtfTargets.Of(type) : null;

    private static BtfTypes? Read(Kernel kernel)
    {
        try
        {
            return kernel.Types;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }
}
