namespace Sonde.Bpf.Features;

/// <summary>Something that a kernel or this process may have: a row of <see cref="FeatureTable"/>.</summary>
/// <param name="Name">A few words, unique in the table.</param>
/// <param name="Meaning">What it is good for, as a sentence without a full stop.</param>
/// <param name="Since">The first Linux version that has it, for messages only: nothing is decided by it. Empty when it is no matter of version.</param>
/// <param name="Probe">Asks, by trying.</param>
public sealed record Feature(string Name, string Meaning, string Since, Func<Kernel, Finding> Probe);
