using Sonde.Probes.Attach.Providers;

namespace Sonde.Probes.Attach;

/// <summary>A provider's row: its name, its short form, and the class that knows it.</summary>
/// <param name="Name">As programs spell it and <c>probe</c> tells it.</param>
/// <param name="Alias">The short form; empty without.</param>
/// <param name="Make">Makes it.</param>
internal sealed record ProviderEntry(string Name, string Alias, Func<Machine, string, AttachProvider> Make);

/// <summary>All providers. Names and short forms are bpftrace's, the old ones of fentry and fexit too.</summary>
internal static class ProviderCatalog
{
    internal static IReadOnlyList<ProviderEntry> All { get; } =
    [
        new("BEGIN", "", (machine, name) => new OnceProvider(machine, name)),
        new("END", "", (machine, name) => new OnceProvider(machine, name)),
        new("tracepoint", "t", (machine, name) => new TracepointProvider(machine, name)),
        new("rawtracepoint", "rt", (machine, name) => new RawTracepointProvider(machine, name)),
        new("kprobe", "k", (machine, name) => new KprobeProvider(machine, name, isReturn: false)),
        new("kretprobe", "kr", (machine, name) => new KprobeProvider(machine, name, isReturn: true)),
        new("fentry", "f", (machine, name) => new FentryProvider(machine, name, isReturn: false)),
        new("fexit", "fr", (machine, name) => new FentryProvider(machine, name, isReturn: true)),
        new("kfunc", "", (machine, name) => new FentryProvider(machine, name, isReturn: false)),
        new("kretfunc", "", (machine, name) => new FentryProvider(machine, name, isReturn: true)),
        new("uprobe", "u", (machine, name) => new UprobeProvider(machine, name, isReturn: false)),
        new("uretprobe", "ur", (machine, name) => new UprobeProvider(machine, name, isReturn: true)),
        new("usdt", "U", (machine, name) => new UsdtProvider(machine, name)),
        new("profile", "p", (machine, name) => new ProfileProvider(machine, name)),
        new("interval", "i", (machine, name) => new IntervalProvider(machine, name)),
        new("software", "s", (machine, name) => new PerfEventProvider(machine, name, PerfEvents.Software)),
        new("hardware", "h", (machine, name) => new PerfEventProvider(machine, name, PerfEvents.Hardware)),
        new("iter", "it", (machine, name) => new IteratorProvider(machine, name)),
    ];

    internal static ProviderEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name || (entry.Alias.Length > 0 && entry.Alias == name));
}
