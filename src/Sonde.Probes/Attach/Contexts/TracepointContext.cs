using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>A tracepoint's record, whose members stand in the context where its format says.</summary>
/// <param name="Record">The members.</param>
/// <param name="IsSystemCall">The pointers of a system call's arguments are the process's.</param>
internal sealed record TracepointContext(TargetStructure Record, bool IsSystemCall) : EventContext
{
    public override TargetStructure Arguments => Record;

    public override bool IsUserPointer(TargetMember member) => IsSystemCall && member.Type is TargetPointer;
}
