using Sonde.Probes.Running;

namespace Sonde.Probes.Metrics;

/// <summary>A running program whose maps become metrics.</summary>
public interface IProbeCounts
{
    /// <summary>What aggregations counted since the last call, and what the maps that are assigned hold.</summary>
    IReadOnlyList<MapSnapshot> Take();

    /// <summary>Ends the program: from now on it counts nothing. What it counted before can still be taken.</summary>
    void Stop();

    /// <summary>What it lost and cost so far.</summary>
    ProbeCosts Costs { get; }
}

/// <param name="LostEvents">Events for which the ring buffer had no room.</param>
/// <param name="RefusedKeys">Of all maps.</param>
/// <param name="RecursionMisses">Runs that the kernel left out, since a program was running already.</param>
/// <param name="Runs">Only while BPF statistics are on.</param>
/// <param name="RunTime">The same.</param>
public readonly record struct ProbeCosts(long LostEvents, long RefusedKeys, long RecursionMisses, long Runs, TimeSpan RunTime);
