using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>What all clauses of a program share.</summary>
internal sealed class ProgramScope(ProbeSource source, IAttachPoints points, ProbeOptions options)
{
    private readonly Dictionary<string, MapSymbol> _maps = [];
    private readonly Dictionary<(int Clause, int Event), VariableTable> _variables = [];
    private readonly Dictionary<string, int> _outputIndexes = [];
    private readonly List<ProbeOutput> _outputs = [];
    private readonly List<string> _timeFormats = [];

    public ProbeSource Source => source;

    public IAttachPoints Points => points;

    public ProbeOptions Options => options;

    public ProbeLimits Limits => options.Limits;

    public ScriptTypes Types { get; } = new(source.Syntax, points.Types);

    /// <summary>All types are known: what is still unknown is an error.</summary>
    public bool IsFinal { get; set; }

    /// <summary>Grows with everything that is learnt about types.</summary>
    public int Version => _maps.Values.Sum(map => map.Version) + _variables.Values.Sum(table => table.Version);

    public IReadOnlyList<ProbeMap> Maps => [.. _maps.Values.Select(symbol => symbol.Map)];

    public IReadOnlyList<ProbeOutput> Outputs => _outputs;

    public IReadOnlyList<string> TimeFormats => _timeFormats;

    public IEnumerable<string> MapNames => _maps.Values.Where(map => map.IsDefined).Select(map => map.Name);

    public MapSymbol Map(string name)
    {
        if (!_maps.TryGetValue(name, out MapSymbol? symbol))
        {
            _maps.Add(name, symbol = new(name, source));
        }

        return symbol;
    }

    public VariableTable Variables(int clause, int @event)
    {
        if (!_variables.TryGetValue((clause, @event), out VariableTable? table))
        {
            _variables.Add((clause, @event), table = new(source));
        }

        return table;
    }

    /// <summary>Forgets what the pass before made, but not what it learnt.</summary>
    public void StartPass()
    {
        _outputs.Clear();
        _outputIndexes.Clear();
        _timeFormats.Clear();
    }

    /// <summary>The index of an output: equal ones are one.</summary>
    public int Output(ProbeOutput output)
    {
        string text = ModelText.Of(output);
        if (!_outputIndexes.TryGetValue(text, out int index))
        {
            _outputIndexes.Add(text, index = _outputs.Count);
            _outputs.Add(output);
        }

        return index;
    }

    /// <summary>The index of a format for <c>strftime()</c>.</summary>
    public int TimeFormat(string format)
    {
        int index = _timeFormats.IndexOf(format);
        if (index < 0)
        {
            index = _timeFormats.Count;
            _timeFormats.Add(format);
        }

        return index;
    }
}
