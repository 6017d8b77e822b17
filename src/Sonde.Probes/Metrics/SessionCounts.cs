using Sonde.Probes.Running;

namespace Sonde.Probes.Metrics;

/// <summary>The maps of a session, and what it cost. The program is compiled with generations.</summary>
public sealed class SessionCounts(ProbeSession session) : IProbeCounts
{
    public ProbeCosts Costs
    {
        get
        {
            SessionFigures figures = session.Figures;
            return new ProbeCosts(
                figures.LostEvents,
                figures.RefusedKeys.Values.Sum(),
                figures.RecursionMisses,
                figures.Programs.Sum(program => (long)program.Statistics.RunCount),
                TimeSpan.FromMicroseconds(figures.Programs.Sum(program => program.Statistics.RunTime / 1000.0)));
        }
    }

    public IReadOnlyList<MapSnapshot> Take() =>
        [.. session.Drain(), .. session.Program.Maps.Where(map => map.Aggregation is null).Select(session.Read)];

    /// <inheritdoc/>
    /// <remarks>On the thread that drives the session. What the program's <c>END</c> prints is thrown away.</remarks>
    public void Stop() => session.Stop(IgnoredEvents.Instance);
}
