using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>A structure of a kernel that does not exist.</summary>
internal sealed record SampleStructure(string Tag, uint Id, int Bytes, params TargetMember[] All) : TargetStructure(Tag)
{
    public override int Size => Bytes;

    public override uint BtfId => Id;

    public override IReadOnlyList<TargetMember> Members => All;

    public bool Equals(SampleStructure? other) => other is not null && Tag == other.Tag;

    public override int GetHashCode() => Tag.GetHashCode(StringComparison.Ordinal);

    public override bool TryFind(string name, out TargetMember member)
    {
        member = All.FirstOrDefault(candidate => candidate.Name == name);
        return member.Name is not null;
    }
}
