using System.Diagnostics;
using Sonde.Bpf;

namespace Sonde.Probes.Running;

/// <summary>The <c>interval</c> probes: which is due, and when the next is. A turn that was missed is left out.</summary>
internal sealed class IntervalTimers
{
    private readonly List<Timer> _timers = [];

    internal void Add(BpfProgram program, TimeSpan period) =>
        _timers.Add(new(program, (long)(period.TotalSeconds * Stopwatch.Frequency)));

    /// <summary>Counts from now.</summary>
    internal void Start() => _timers.ForEach(each => each.Due = Stopwatch.GetTimestamp() + each.Period);

    /// <summary>Until the next is due; null without any.</summary>
    internal TimeSpan? Remaining => _timers.Count == 0
        ? null
        : Stopwatch.GetElapsedTime(0, Math.Max(0, _timers.Min(each => each.Due) - Stopwatch.GetTimestamp()));

    /// <summary>Runs those that are due.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    internal void RunDue()
    {
        long now = Stopwatch.GetTimestamp();
        foreach (Timer timer in _timers.Where(each => each.Due <= now))
        {
            timer.Program.RunOnce();
            timer.Due += ((now - timer.Due) / timer.Period + 1) * timer.Period;
        }
    }

    private sealed class Timer(BpfProgram program, long period)
    {
        internal BpfProgram Program { get; } = program;

        /// <summary>In ticks of <see cref="Stopwatch"/>, at least one.</summary>
        internal long Period { get; } = Math.Max(1, period);

        /// <summary>Never, before <see cref="Start"/>.</summary>
        internal long Due { get; set; } = long.MaxValue;
    }
}
