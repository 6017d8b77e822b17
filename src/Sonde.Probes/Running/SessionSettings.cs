using Sonde.Bpf.Features;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>How a program is run.</summary>
public sealed record SessionSettings
{
    /// <summary>Only this process: user-space probes are attached in it alone, and the session ends with it.</summary>
    public int? ProcessId { get; init; }

    /// <summary>What the kernel can do; shared, so that it is asked once.</summary>
    public Kernel? Kernel { get; init; }

    /// <summary>Tells which files are mapped, for probes of a library wherever it is; shared by sessions. Null to have one of its own when it is needed.</summary>
    public IMappedFiles? MappedFiles { get; init; }

    /// <summary>
    /// Says why this kernel cannot attach to a target and what can be used instead, a sentence or two; null when it knows no reason
    /// (<c>MachineAttachPoints.ObstacleOf</c>). Asked only after the kernel refused.
    /// </summary>
    public Func<AttachTarget, string?>? ObstacleOf { get; init; }

    /// <summary>Copies of a library at most; what is beyond is told as a warning.</summary>
    public int LibraryCopies { get; init; } = 1024;
}
