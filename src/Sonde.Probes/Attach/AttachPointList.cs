namespace Sonde.Probes.Attach;

/// <summary>A line of a listing, and what a program sees there.</summary>
/// <param name="Name">The attach point, as a program spells it.</param>
/// <param name="Arguments">The members of <c>args</c> as C declares them; empty when they were not asked for or there are none.</param>
public sealed record ListedAttachPoint(string Name, IReadOnlyList<string> Arguments);
