using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq.Results;

/// <summary>Adds up what two readings of a map gave.</summary>
internal static class Cells
{
    public static MapCell Plus(MapCell one, MapCell other, AggregationKind kind) => (one, other) switch
    {
        (NumberCell a, NumberCell b) => new NumberCell(kind switch
        {
            AggregationKind.Minimum => Math.Min(a.Value, b.Value),
            AggregationKind.Maximum => Math.Max(a.Value, b.Value),
            _ => a.Value + b.Value,
        }),
        (MeanCell a, MeanCell b) => new MeanCell(a.Count + b.Count, a.Total + b.Total),
        (HistogramCell a, HistogramCell b) => new HistogramCell(
            [.. a.Buckets.Zip(b.Buckets, (x, y) => x + y)], a.Sum + b.Sum, Math.Min(a.Minimum, b.Minimum), Math.Max(a.Maximum, b.Maximum)),
        _ => throw new ArgumentException($"{one.GetType().Name} and {other.GetType().Name} are of different maps.", nameof(other)),
    };
}
