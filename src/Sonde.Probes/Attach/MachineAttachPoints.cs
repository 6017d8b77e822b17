using Sonde.Bpf.Btf;
using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach;

/// <summary>
/// The attach points of the machine that this runs on. What is found is what this kernel and its files have now. Not thread-safe.
/// </summary>
public sealed class MachineAttachPoints : IAttachPoints, IDisposable
{
    private readonly Dictionary<string, AttachProvider> _providers = [];
    private readonly Machine _machine;

    /// <param name="kernel">Shared with others who ask about it; null to ask alone.</param>
    public MachineAttachPoints(Kernel? kernel = null)
        : this(new Machine(kernel ?? new()))
    {
    }

    internal MachineAttachPoints(Machine machine) => _machine = machine;

    public IKernelTypes Types => _machine.Types;

    /// <summary>Opens the trace file system now, for a process that may not do so later. That there is none is told when it is needed.</summary>
    public void Open() => _ = _machine.TryOpenTracing();

    public IReadOnlyList<AttachPoint> Find(AttachPattern pattern) =>
        ProviderCatalog.Find(pattern.Provider) is { } entry ? ProviderOf(entry).Find(pattern)
        : throw new ProbeException(UnknownProvider(pattern.Provider), pattern.Span);

    public bool TryFindSymbol(string name, out ulong address)
    {
        address = Machine.AddressOf(name) ?? 0;
        return address != 0;
    }

    /// <summary>Why a target cannot be attached on this machine, as a sentence that names alternatives; null when nothing is known to be in the way.</summary>
    /// <remarks>Reads the kernel's symbols for a function: ask when attaching failed, or before where it costs nothing.</remarks>
    public string? ObstacleOf(AttachTarget target) => ProviderCatalog.Find(target.Name.Split(':')[0]) is { } entry ? ProviderOf(entry).ObstacleOf(target) : null;

    /// <summary>
    /// Lists attach points by a pattern with <c>*</c> in any part: <c>tracepoint:tcp:*</c>, <c>uprobe:/bin/bash:read*</c>, <c>*sleep*</c>;
    /// all that need no file when it is empty.
    /// </summary>
    /// <exception cref="ProbeException">What it lists cannot be read.</exception>
    public IEnumerable<ListedAttachPoint> List(string pattern, bool withArguments)
    {
        string[] parts = pattern.Split(':');
        if (parts.Length == 1 && ProviderCatalog.Find(parts[0]) is null)
        {
            string wanted = pattern.Length == 0 ? "*" : pattern;
            return ProviderCatalog.All.SelectMany(entry => Wildcard.Has(wanted) ? ProviderOf(entry).List([], withArguments) : [])
                .Where(point => Wildcard.Matches(wanted, point.Name));
        }

        ProviderEntry[] providers = ProviderCatalog.Find(parts[0]) is { } named ? [named] : [.. ProviderCatalog.All.Where(entry => Wildcard.Matches(parts[0], entry.Name))];
        return providers.Length > 0
            ? providers.SelectMany(entry => ProviderOf(entry).List(parts[1..], withArguments))
            : throw new ProbeException(UnknownProvider(parts[0]), SourceSpan.None);
    }

    /// <summary>The definition of a type of the kernel in C: <c>struct task_struct</c>, <c>union …</c>, <c>enum …</c>, a typedef's name.</summary>
    /// <returns>Null when the kernel has no such type.</returns>
    public string? DefinitionOf(string type)
    {
        string[] words = type.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        BtfKind[] kinds = words switch
        {
            ["struct", _] => [BtfKind.Struct],
            ["union", _] => [BtfKind.Union],
            ["enum", _] => [BtfKind.Enum, BtfKind.Enum64],
            [_] => [BtfKind.Typedef],
            _ => [],
        };
        foreach (BtfKind kind in kinds)
        {
            if (_machine.Types.Btf is { } types && types.TryFind(words[^1], kind, out BtfType found))
            {
                return Declaration.DefinitionOf(found);
            }
        }

        return null;
    }

    public void Dispose() => _machine.Dispose();

    private AttachProvider ProviderOf(ProviderEntry entry)
    {
        if (!_providers.TryGetValue(entry.Name, out AttachProvider? provider))
        {
            _providers.Add(entry.Name, provider = entry.Make(_machine, entry.Name));
        }

        return provider;
    }

    private static string UnknownProvider(string name)
    {
        IReadOnlyList<string> near = NearestNames.Of(name, ProviderCatalog.All.Select(entry => entry.Name));
        return near.Count > 0
            ? $"There is no kind of attach point '{name}'. Did you mean {string.Join(" or ", near)}?"
            : $"There is no kind of attach point '{name}'. There are {string.Join(", ", ProviderCatalog.All.Select(entry => entry.Name))}.";
    }
}
