using Sonde.Bpf;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>What a session lost and what it cost so far.</summary>
/// <param name="LostEvents">Events for which the ring buffer had no room.</param>
/// <param name="RefusedKeys">For each map that refused any: how many times a key found no room.</param>
/// <param name="Programs">Each loaded program: its runs, and those the kernel left out.</param>
public sealed record SessionFigures(long LostEvents, IReadOnlyDictionary<ProbeMap, long> RefusedKeys, IReadOnlyList<ProgramFigures> Programs)
{
    /// <summary>Runs that the kernel left out since the program was already running on that CPU.</summary>
    public long RecursionMisses => Programs.Sum(each => (long)each.Statistics.RecursionMisses);
}

/// <param name="Name">Of its first attach point.</param>
/// <param name="Source">The probe.</param>
/// <param name="Statistics">Run time and runs only while <see cref="BpfStatistics"/> are on.</param>
public readonly record struct ProgramFigures(string Name, Probe Source, RunTimeStatistics Statistics);
