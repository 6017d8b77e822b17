using Sonde.Bpf.Features;
using Sonde.Bpf.Mappings;

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

    /// <summary>Copies of a library at most; what is beyond is told as a warning.</summary>
    public int LibraryCopies { get; init; } = 1024;
}
