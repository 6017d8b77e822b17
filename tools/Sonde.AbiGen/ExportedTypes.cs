using Sonde.Bpf.Btf;

namespace Sonde.AbiGen;

/// <summary>
/// The types that cross: each is exported by a variable <c>const struct x *abi_x</c> or <c>const enum x *abi_x</c>, because BTF
/// keeps only types that something uses. What a structure contains is exported with it.
/// </summary>
internal sealed class ExportedTypes
{
    private const string VariablePrefix = "abi_";

    private readonly Dictionary<string, BtfType> _structures = [];
    private readonly Dictionary<string, BtfType> _enumerations = [];

    private ExportedTypes()
    {
    }

    /// <summary>In the order of their names, so that the output does not depend on the linker.</summary>
    internal IEnumerable<BtfType> Structures => _structures.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => each.Value);

    /// <inheritdoc cref="Structures"/>
    internal IEnumerable<BtfType> Enumerations => _enumerations.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => each.Value);

    /// <exception cref="InvalidDataException">There is no such variable, or one exports what can't cross.</exception>
    internal static ExportedTypes Of(BtfTypes types)
    {
        ExportedTypes exported = new();
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType variable = types[id];
            if (variable.Kind == BtfKind.Variable && variable.Name.StartsWith(VariablePrefix, StringComparison.Ordinal))
            {
                BtfType pointer = variable.Target.Resolved;
                if (pointer.Kind != BtfKind.Pointer || !exported.TryAdd(pointer.Target.Resolved))
                {
                    throw new InvalidDataException($"'{variable.Name}' must point to a named struct or enum.");
                }
            }
        }

        return exported._structures.Count + exported._enumerations.Count > 0
            ? exported
            : throw new InvalidDataException("The object exports nothing: it has no variable whose name begins with abi_.");
    }

    private bool TryAdd(BtfType type)
    {
        if (type.Name.Length == 0)
        {
            return false;
        }

        switch (type.Kind)
        {
            case BtfKind.Struct:
                if (_structures.TryAdd(type.Name, type))
                {
                    AddContained(type);
                }

                return true;
            case BtfKind.Enum or BtfKind.Enum64:
                _enumerations.TryAdd(type.Name, type);
                return true;
            default:
                return false;
        }
    }

    private void AddContained(BtfType structure)
    {
        for (int i = 0; i < structure.Count; i++)
        {
            BtfType type = structure.Member(i).Type.Resolved;
            while (type.Kind == BtfKind.Array)
            {
                type = type.Target.Resolved;
            }

            if (type.Name.Length == 0 && type.Kind is BtfKind.Struct or BtfKind.Union)
            {
                AddContained(type);
            }
            else
            {
                TryAdd(type);
            }
        }
    }
}
