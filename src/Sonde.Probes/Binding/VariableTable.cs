using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>The scratch variables of a clause at one kind of event: like a map's, their types are learnt from all assignments.</summary>
internal sealed class VariableTable(ProbeSource source)
{
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Counts what was learnt.</summary>
    public int Version { get; private set; }

    public IEnumerable<string> Names => _entries.Keys;

    public IEnumerable<ProbeVariable> Variables => _entries.Values.Select(entry => entry.Variable);

    /// <summary>The variable, if it was assigned before.</summary>
    public ProbeVariable? Find(string name) => _entries.TryGetValue(name, out Entry? entry) ? entry.Variable : null;

    /// <summary>The variable, with room for a value.</summary>
    /// <exception cref="ProbeException">It holds something else.</exception>
    public ProbeVariable Assign(string name, Inferred value, SourceSpan span)
    {
        if (!_entries.TryGetValue(name, out Entry? entry))
        {
            entry = new(name, value, span);
            _entries.Add(name, entry);
            Version++;
            return entry.Variable;
        }

        if (Inferred.Merge(entry.Inferred, value) is not { } merged)
        {
            (int line, int column) = source.Locate(entry.At.Start);
            throw new ProbeException(
                $"{name} is {TypeText.Of(value.Type)} here, but {TypeText.Of(entry.Inferred.Type)} in line {line}, column {column}.", span);
        }

        if (merged != entry.Inferred)
        {
            _entries[name] = entry = new(name, merged, entry.At);
            Version++;
        }

        return entry.Variable;
    }

    private sealed class Entry(string name, Inferred inferred, SourceSpan at)
    {
        public Inferred Inferred => inferred;

        public SourceSpan At => at;

        public ProbeVariable Variable { get; } = new(name, inferred.Type);
    }
}
