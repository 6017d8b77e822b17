using Sonde.Probes.Model;

namespace Sonde.Probes.Attach;

/// <summary>An attach point as a program spells it, wildcards included: <c>tracepoint:sched:sched_*</c>.</summary>
/// <param name="Provider">As spelt, short forms included: <c>tracepoint</c>, <c>t</c>, <c>BEGIN</c>.</param>
/// <param name="Parts">What stands between the colons behind it.</param>
/// <param name="Span">Its text.</param>
public sealed record AttachPattern(string Provider, IReadOnlyList<string> Parts, SourceSpan Span)
{
    public override string ToString() => string.Join(':', [Provider, .. Parts]);
}

/// <summary>A place that a pattern matches, and what a program sees there.</summary>
public sealed record AttachPoint(AttachTarget Target, EventContext Event);

/// <summary>The attach points of a machine.</summary>
public interface IAttachPoints
{
    /// <summary>The kernel's types, for casts, <c>curtask</c> and enumeration constants.</summary>
    IKernelTypes Types { get; }

    /// <summary>All that a pattern matches, at least one.</summary>
    /// <exception cref="ProbeException">None, or the kernel lacks the provider: the message names alternatives that exist here.</exception>
    IReadOnlyList<AttachPoint> Find(AttachPattern pattern);

    /// <summary>Finds the address of a symbol of the kernel (<c>kaddr()</c>).</summary>
    bool TryFindSymbol(string name, out ulong address)
    {
        address = 0;
        return false;
    }
}

/// <summary>Types by name.</summary>
public interface IKernelTypes
{
    /// <summary>Finds a type as C spells it, without pointers: <c>struct task_struct</c>, <c>u32</c>, <c>unsigned long</c>, <c>pid_t</c>; null when there is none.</summary>
    TargetType? Find(string name);

    /// <summary>Finds an enumeration constant.</summary>
    bool TryFindConstant(string name, out long value, out TargetInteger enumeration);
}
