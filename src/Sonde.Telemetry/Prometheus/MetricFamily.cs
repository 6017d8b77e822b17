using Sonde.Telemetry.Metrics;

namespace Sonde.Telemetry.Prometheus;

/// <summary>The points that Prometheus sees under one name.</summary>
/// <param name="Name">Without <c>_total</c>.</param>
/// <param name="Unit">The unit's word, empty for none.</param>
/// <param name="Instrument">The first; those of another nature are left out.</param>
/// <param name="Points">At least one.</param>
internal sealed record MetricFamily(string Name, string Unit, Instrument Instrument, IReadOnlyList<MetricPoint> Points)
{
    /// <summary>Puts the points of one family together, in the order in which families were first seen.</summary>
    public static IEnumerable<MetricFamily> Of(IEnumerable<MetricPoint> points)
    {
        foreach (IGrouping<(string Family, string Unit), MetricPoint> family in points.GroupBy(point => PrometheusNames.Family(point.Instrument)))
        {
            Instrument first = family.First().Instrument;
            yield return new(family.Key.Family, family.Key.Unit, first, [.. family.Where(point => point.Instrument.Kind == first.Kind)]);
        }
    }
}
