using Sonde.Bpf.Btf;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Types;

/// <summary>The kernel's types in the model's words. Nothing is built before it is asked for: a structure knows its number and reads its members then.</summary>
internal static class BtfTargets
{
    internal static TargetType Of(BtfType type)
    {
        BtfType resolved = type.Resolved;
        return resolved.Kind switch
        {
            BtfKind.Int => IntegerOf(resolved),
            BtfKind.Enum or BtfKind.Enum64 => new TargetInteger((int)resolved.Size, resolved.IsSigned) { Enumeration = resolved },
            BtfKind.Pointer => new TargetPointer(() => Of(resolved.Target)),
            BtfKind.Array => new TargetArray(Of(resolved.Target), (int)resolved.ArrayLength),
            BtfKind.Struct or BtfKind.Union or BtfKind.Forward => new BtfStructure(resolved),
            // A floating-point number is bytes to a probe.
            BtfKind.Float => new TargetArray(new TargetInteger(1, false), (int)resolved.Size),
            _ => TargetVoid.Instance,
        };
    }

    private static TargetType IntegerOf(BtfType type)
    {
        int size = (int)type.Size;
        return size is 1 or 2 or 4 or 8
            ? new TargetInteger(size, type.IsSigned) { IsCharacter = type.IsCharacter }
            : new TargetArray(new TargetInteger(8, type.IsSigned), size / 8); // __int128
    }
}

/// <summary>A structure or union of the kernel; one that is only declared has no members.</summary>
internal sealed record BtfStructure(BtfType Type) : TargetStructure(Type.Name)
{
    private List<TargetMember>? _members;

    public override int Size => (int)Type.Size;

    public override uint BtfId => Type.Id;

    public override IReadOnlyList<TargetMember> Members =>
        _members ??= Type.Kind == BtfKind.Forward ? [] : [.. Enumerable.Range(0, Type.Count).Select(index => MemberOf(Type.Member(index)))];

    public override bool TryFind(string name, out TargetMember member)
    {
        if (name.Length > 0 && Type.TryFindMember(System.Text.Encoding.UTF8.GetBytes(name), out BtfMember found))
        {
            member = MemberOf(found);
            return true;
        }

        if (RenamedMembers.Find(Name, name) is { } now && TryFind(now, out member))
        {
            return true;
        }

        member = default;
        return false;
    }

    public bool Equals(BtfStructure? other) => other is not null && Type.Id == other.Type.Id;

    public override int GetHashCode() => (int)Type.Id;

    private static TargetMember MemberOf(BtfMember member) =>
        new(member.Name, BtfTargets.Of(member.Type), (int)member.BitOffset, (int)member.BitFieldSize);
}
