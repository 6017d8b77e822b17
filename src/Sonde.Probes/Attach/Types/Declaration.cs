using System.Text;
using Sonde.Bpf.Btf;

namespace Sonde.Probes.Attach.Types;

/// <summary>Types of BTF, written as C has them.</summary>
internal static class Declaration
{
    /// <summary>A parameter or member: <c>struct sock * sk</c>, <c>char comm[16]</c>.</summary>
    internal static string Of(BtfType type, string name)
    {
        (string before, string after) = Around(type);
        return $"{before}{(before.EndsWith('(') || before.EndsWith("(*", StringComparison.Ordinal) ? "" : " ")}{name}{after}";
    }

    /// <summary>A whole structure, union, enumeration or typedef, with a final semicolon.</summary>
    internal static string DefinitionOf(BtfType type)
    {
        StringBuilder text = new();
        if (type.Kind == BtfKind.Typedef)
        {
            text.Append("typedef ");
            Member(text, type.Target, type.Name, 0, "");
            return text.ToString();
        }

        Body(text, type, 0);
        return text.Append(';').ToString();
    }

    /// <summary>What stands before the name and what behind it.</summary>
    private static (string Before, string After) Around(BtfType type)
    {
        switch (type.Kind)
        {
            case BtfKind.Pointer:
                BtfType target = type.Target;
                (string before, string after) = Around(target);
                return target.Kind is BtfKind.FunctionPrototype or BtfKind.Array ? ($"{before} (*", $"){after}")
                    : before.EndsWith('*') ? (before + "*", after) : (before + " *", after);
            case BtfKind.Array:
                (before, after) = Around(type.Target);
                return (before, $"[{type.ArrayLength}]{after}");
            case BtfKind.FunctionPrototype:
                (before, after) = Around(type.Target);
                return (before, $"({string.Join(", ", Enumerable.Range(0, type.Count).Select(type.Parameter).Select(Parameter))}){after}");
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict:
                (before, after) = Around(type.Target);
                string qualifier = type.Kind switch { BtfKind.Const => "const", BtfKind.Volatile => "volatile", _ => "restrict" };
                return type.Target.Kind == BtfKind.Pointer ? ($"{before} {qualifier}", after) : ($"{qualifier} {before}", after);
            case BtfKind.TypeTag:
                return Around(type.Target);
            default:
                return (NameOf(type), "");
        }
    }

    private static string Parameter((string Name, BtfType Type) parameter) => parameter switch
    {
        { Name: "", Type.Kind: BtfKind.Void } => "...",
        { Name: "" } => string.Concat(Around(parameter.Type).Before, Around(parameter.Type).After),
        _ => Of(parameter.Type, parameter.Name),
    };

    private static string NameOf(BtfType type) => type.Kind switch
    {
        BtfKind.Struct => "struct " + (type.NameBytes.IsEmpty ? "{ ... }" : type.Name),
        BtfKind.Union => "union " + (type.NameBytes.IsEmpty ? "{ ... }" : type.Name),
        BtfKind.Enum or BtfKind.Enum64 => "enum " + (type.NameBytes.IsEmpty ? "{ ... }" : type.Name),
        BtfKind.Forward => "struct " + type.Name,
        _ => type.Name,
    };

    private static void Body(StringBuilder text, BtfType type, int depth)
    {
        string keyword = type.Kind switch { BtfKind.Union => "union", BtfKind.Enum or BtfKind.Enum64 => "enum", _ => "struct" };
        text.Append(keyword).Append(type.NameBytes.IsEmpty ? "" : " " + type.Name).Append(" {\n");
        for (int index = 0; index < type.Count; index++)
        {
            if (keyword == "enum")
            {
                (string name, long value) = type.Enumerator(index);
                text.Append('\t', depth + 1).Append(name).Append(" = ").Append(value).Append(",\n");
                continue;
            }

            BtfMember member = type.Member(index);
            Member(text, member.Type, member.Name, depth + 1, member.BitFieldSize == 0 ? "" : $": {member.BitFieldSize}");
            text.Append('\n');
        }

        text.Append('\t', depth).Append('}');
    }

    private static void Member(StringBuilder text, BtfType type, string name, int depth, string bits)
    {
        text.Append('\t', depth);
        if (type.Kind is BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 && type.NameBytes.IsEmpty)
        {
            Body(text, type, depth);
            text.Append(name.Length == 0 ? "" : " " + name);
        }
        else
        {
            (string before, string after) = Around(type);
            text.Append(before).Append(before.EndsWith('*') ? "" : " ").Append(name).Append(after);
        }

        text.Append(bits).Append(';');
    }
}
