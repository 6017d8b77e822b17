using Sonde.Bpf.Features;

namespace Sonde.Agent.Doctor;

/// <summary>One way to do something: where programs are attached, and what the kernel must have for it.</summary>
/// <param name="Name">The hook as a person knows it.</param>
/// <param name="Loss">What is lost compared with the best way; empty for the best.</param>
/// <param name="Needs">All of these.</param>
internal sealed record Hook(string Name, string Loss, IReadOnlyList<Feature> Needs);

/// <summary>Something that Sonde does with hooks: a row of <see cref="HookTable"/>.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Meaning">What it is good for.</param>
/// <param name="LossWithout">What is lost when no hook works; null when Sonde can't run then.</param>
/// <param name="Hooks">The ways, best first.</param>
internal sealed record HookPurpose(string Name, string Meaning, string? LossWithout, IReadOnlyList<Hook> Hooks);
