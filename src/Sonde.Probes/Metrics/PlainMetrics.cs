using Sonde.Probes.Model;
using Sonde.Telemetry.Metrics;

namespace Sonde.Probes.Metrics;

/// <summary>Metrics of a program that has no file to say what its maps are.</summary>
public static class PlainMetrics
{
    /// <summary>Each map becomes a metric: <c>@reads[comm]</c> is <c>prefix.reads</c> with the attribute <c>key</c>, or <c>key.0</c>, <c>key.1</c>, … .</summary>
    /// <param name="program">The program.</param>
    /// <param name="prefix">What the names begin with.</param>
    /// <param name="notice">Gets a sentence for each map that holds no numbers.</param>
    public static ProbeFile Of(ProbeProgram program, string prefix, Action<string> notice)
    {
        var metrics = new List<MapMetric>();
        foreach (ProbeMap map in program.Maps)
        {
            if (map.Aggregation is null && map.ValueType is not IntegerType)
            {
                notice($"{map.Name} is not sent: its values are no numbers");
                continue;
            }

            metrics.Add(new MapMetric
            {
                Map = map.Name,
                Line = 1,
                Column = 1,
                Name = map.Name.Length > 1 ? $"{prefix}.{map.Name[1..]}" : prefix,
                Unit = "1",
                CountedIn = "1",
                Description = $"The map {map.Name}.",
                Instrument = InstrumentOf(map.Aggregation),
                Attributes = [.. map.KeyTypes.Select((_, i) => new KeyAttribute(map.KeyTypes.Count == 1 ? "key" : $"key.{i}", null, new Dictionary<string, string>()))],
            });
        }

        return new ProbeFile { Name = prefix, Path = prefix, Description = "", Programs = [], Metrics = metrics };
    }

    private static InstrumentKind InstrumentOf(Aggregation? aggregation) => aggregation?.Kind switch
    {
        AggregationKind.Count => InstrumentKind.Counter,
        AggregationKind.Sum => aggregation.IsSigned ? InstrumentKind.UpDownCounter : InstrumentKind.Counter,
        AggregationKind.PowerOfTwo or AggregationKind.Linear or AggregationKind.Statistics => InstrumentKind.Histogram,
        _ => InstrumentKind.Gauge,
    };
}
