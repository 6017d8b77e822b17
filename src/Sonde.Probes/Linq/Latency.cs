namespace Sonde.Probes.Linq;

/// <summary>An event that ended something, and how long that took.</summary>
/// <param name="End">The event.</param>
/// <param name="Nanoseconds">Since the start.</param>
public sealed record Latency<TEnd>(TEnd End, long Nanoseconds);
