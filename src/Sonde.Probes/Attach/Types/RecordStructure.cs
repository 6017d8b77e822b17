using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Types;

/// <summary>The members of <c>args</c> where no structure of the kernel describes them: a tracepoint's record, a function's parameters.</summary>
internal sealed record RecordStructure(string Name, IReadOnlyList<TargetMember> All) : TargetStructure(Name)
{
    public override int Size => All.Count == 0 ? 0 : All.Max(member => member.Offset + member.Type.Size);

    public override IReadOnlyList<TargetMember> Members => All;

    public override bool TryFind(string name, out TargetMember member)
    {
        foreach (TargetMember candidate in All)
        {
            if (candidate.Name == name)
            {
                member = candidate;
                return true;
            }
        }

        member = default;
        return false;
    }

    public bool Equals(RecordStructure? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
