using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>An iterator's context, which is also <c>ctx</c>: <c>struct bpf_iter__task</c> and the like.</summary>
/// <param name="Structure">The context.</param>
internal sealed record IteratorContext(BtfStructure Structure) : EventContext
{
    public override TargetStructure Arguments => Structure;

    public override bool IsArgumentsContext => true;

    /// <summary>The pointers are null once, behind the last element: they are followed as plain addresses, which read as 0 then.</summary>
    public override AddressSpace MemberSpace(TargetMember member) => member.Type is TargetPointer ? AddressSpace.Kernel : AddressSpace.Context;
}
