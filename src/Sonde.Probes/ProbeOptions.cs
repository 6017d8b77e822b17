using Sonde.Probes.Model;

namespace Sonde.Probes;

/// <summary>What a program is compiled with.</summary>
public sealed record ProbeOptions
{
    /// <summary><c>$1</c>, <c>$2</c>, …</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary><c>cpid</c>: the process that was started with the program; null when none was.</summary>
    public int? ChildProcess { get; init; }

    public ProbeLimits Limits { get; init; } = new();

    /// <summary>Histograms also keep sum, minimum and maximum, which metrics need.</summary>
    public bool KeepsSummaries { get; init; }
}
