namespace Sonde.Probes.Linq;

/// <summary>The key of what is counted all together.</summary>
public readonly record struct NoKey;
