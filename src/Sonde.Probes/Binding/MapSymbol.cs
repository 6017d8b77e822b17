using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>What is known of a map, from all its uses in the program, and where it was learnt: for messages about uses that disagree.</summary>
internal sealed class MapSymbol(string name, ProbeSource source)
{
    private Inferred[]? _key;
    private SourceSpan _keyAt;
    private Inferred _value = Inferred.Unknown;
    private SourceSpan _valueAt;
    private Aggregation? _aggregation;
    private SourceSpan _aggregationAt;
    private ProbeMap? _map;

    public string Name => name;

    /// <summary>Counts what was learnt.</summary>
    public int Version { get; private set; }

    /// <summary>Something is known of its values.</summary>
    public bool IsDefined => _aggregation is not null || _valueAt != SourceSpan.None;

    public Aggregation? Aggregation => _aggregation;

    /// <summary>The map as it is known now: one object for as long as nothing new is learnt.</summary>
    public ProbeMap Map => _map ??= new()
    {
        Name = name,
        KeyTypes = [.. (_key ?? []).Select(part => part.Type)],
        ValueType = _aggregation is null ? _value.Type : ReadingOf(_aggregation),
        Aggregation = _aggregation,
    };

    /// <exception cref="ProbeException">Another use has another key.</exception>
    public void UseKey(IReadOnlyList<Expression> key, SourceSpan span)
    {
        Inferred[] parts = [.. key.Select(Inferred.Of)];
        if (_key is null)
        {
            (_key, _keyAt) = (parts, span);
            Learn();
            return;
        }

        if (_key.Length != parts.Length)
        {
            throw new ProbeException($"{name} has {Parts(parts.Length)} here, but {Parts(_key.Length)} {At(_keyAt)}.", span);
        }

        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Inferred.Merge(_key[i], parts[i]) ?? throw new ProbeException(
                $"The key of {name} is {TypeText.Of(parts[i].Type)} here, but {TypeText.Of(_key[i].Type)} {At(_keyAt)}.", key[i].Span);
        }

        if (!parts.SequenceEqual(_key))
        {
            _key = parts;
            Learn();
        }
    }

    /// <exception cref="ProbeException">Another use keeps something else, or adds up.</exception>
    public void UseValue(Inferred value, SourceSpan span)
    {
        if (_aggregation is not null)
        {
            throw new ProbeException($"{name} is assigned here, but {FunctionOf(_aggregation)} adds it up {At(_aggregationAt)}.", span);
        }

        Inferred merged = Inferred.Merge(_value, value) ?? throw new ProbeException(
            $"{name} is {TypeText.Of(value.Type)} here, but {TypeText.Of(_value.Type)} {At(_valueAt)}.", span);
        if (_valueAt == SourceSpan.None || merged != _value)
        {
            _valueAt = _valueAt == SourceSpan.None ? span : _valueAt;
            _value = merged;
            Learn();
        }
    }

    /// <exception cref="ProbeException">Another use adds up otherwise, or assigns.</exception>
    public void UseAggregation(Aggregation aggregation, SourceSpan span)
    {
        if (_valueAt != SourceSpan.None)
        {
            throw new ProbeException($"{FunctionOf(aggregation)} adds {name} up here, but it is assigned {At(_valueAt)}.", span);
        }

        if (_aggregation is null)
        {
            (_aggregation, _aggregationAt) = (aggregation, span);
            Learn();
            return;
        }

        Aggregation merged = aggregation with { IsSigned = aggregation.IsSigned || _aggregation.IsSigned };
        if (merged != _aggregation with { IsSigned = merged.IsSigned })
        {
            string what = merged.Kind == _aggregation.Kind ? "has other bounds" : $"is {FunctionOf(_aggregation)}";
            throw new ProbeException($"{name} is {FunctionOf(aggregation)} here, but {what} {At(_aggregationAt)}.", span);
        }

        if (merged != _aggregation)
        {
            _aggregation = merged;
            Learn();
        }
    }

    /// <summary>What a map that adds up is written with.</summary>
    public static string FunctionOf(Aggregation aggregation) => aggregation.Kind switch
    {
        AggregationKind.Count => "count()",
        AggregationKind.Sum => "sum()",
        AggregationKind.Average => "avg()",
        AggregationKind.Minimum => "min()",
        AggregationKind.Maximum => "max()",
        AggregationKind.Statistics => "stats()",
        AggregationKind.PowerOfTwo => "hist()",
        _ => "lhist()",
    };

    private void Learn()
    {
        Version++;
        _map = null;
    }

    private string At(SourceSpan span)
    {
        (int line, int column) = source.Locate(span.Start);
        return $"in line {line}, column {column}";
    }

    private static string Parts(int count) => count switch
    {
        0 => "no key",
        1 => "one key",
        _ => $"{count} keys",
    };

    private static IntegerType ReadingOf(Aggregation aggregation) =>
        aggregation.IsSigned && aggregation.Kind != AggregationKind.Count ? IntegerType.Int64 : IntegerType.UInt64;
}
