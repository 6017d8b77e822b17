namespace Sonde.Probes.Linq;

/// <summary>Two events, the second of which ended what the first began, and how long that took.</summary>
/// <param name="Start">The first. Each of its properties that the query uses is kept in the kernel until the end comes.</param>
/// <param name="End">The second.</param>
/// <param name="Nanoseconds">The time between them.</param>
public sealed record Latency<TStart, TEnd>(TStart Start, TEnd End, long Nanoseconds);
