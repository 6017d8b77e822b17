namespace Sonde.Probes.Attach.Providers;

/// <param name="Name">As perf calls it.</param>
/// <param name="Alias">A short form; empty without.</param>
/// <param name="Config">Its number (linux/perf_event.h).</param>
/// <param name="Count">Every so many, when a program does not say.</param>
internal sealed record PerfEvent(string Name, string Alias, long Config, long Count);

/// <summary>The events that perf counts everywhere (<c>enum perf_sw_ids</c>) and that processors count (<c>enum perf_hw_id</c>); counts by default are bpftrace's.</summary>
internal static class PerfEvents
{
    internal static IReadOnlyList<PerfEvent> Software { get; } =
    [
        new("alignment-faults", "", 7, 1),
        new("bpf-output", "", 10, 1),
        new("context-switches", "cs", 3, 1_000),
        new("cpu-clock", "cpu", 0, 1_000_000),
        new("cpu-migrations", "", 4, 1),
        new("dummy", "", 9, 1),
        new("emulation-faults", "", 8, 1),
        new("major-faults", "", 6, 1),
        new("minor-faults", "", 5, 1),
        new("page-faults", "faults", 2, 100),
        new("task-clock", "", 1, 1),
    ];

    internal static IReadOnlyList<PerfEvent> Hardware { get; } =
    [
        new("backend-stalls", "", 8, 1_000_000),
        new("branch-instructions", "branches", 4, 100_000),
        new("branch-misses", "", 5, 100_000),
        new("bus-cycles", "", 6, 100_000),
        new("cache-misses", "", 3, 1_000_000),
        new("cache-references", "", 2, 1_000_000),
        new("cpu-cycles", "cycles", 0, 1_000_000),
        new("frontend-stalls", "", 7, 1_000_000),
        new("instructions", "", 1, 1_000_000),
        new("ref-cycles", "", 9, 1_000_000),
    ];
}
