using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Output;

/// <summary>The order in which bpftrace prints a map's rows: by value where values are numbers, by key otherwise, the least first.</summary>
internal static class MapOrder
{
    public static IReadOnlyList<MapRow> Sort(MapSnapshot snapshot)
    {
        MapRow[] rows = [.. snapshot.Rows];
        ProbeMap map = snapshot.Map;
        Array.Sort(rows, (left, right) =>
        {
            int order = CompareValues(map, left.Cell, right.Cell);
            return order != 0 ? order : CompareKeys(map.KeyTypes, left.Key, right.Key);
        });
        return rows;
    }

    private static int CompareValues(ProbeMap map, MapCell left, MapCell right) => (left, right) switch
    {
        (NumberCell one, NumberCell other) => Compare(one.Value, other.Value, map.Aggregation!.IsSigned),
        (MeanCell one, MeanCell other) => Mean(one).CompareTo(Mean(other)),
        (HistogramCell one, HistogramCell other) => one.Buckets.Sum().CompareTo(other.Buckets.Sum()),
        (ValueCell one, ValueCell other) when map.ValueType is IntegerType type =>
            Compare(ValueText.Number(one.Bytes), ValueText.Number(other.Bytes), type.IsSigned),
        _ => 0,
    };

    /// <summary>The average, cut to an integer as C does.</summary>
    public static long Mean(MeanCell cell) => cell.Count == 0 ? 0 : cell.Total / cell.Count;

    private static int CompareKeys(IReadOnlyList<ProbeType> types, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        foreach (ProbeType type in types)
        {
            int order = type is IntegerType
                ? Compare(ValueText.Number(left), ValueText.Number(right), isSigned: false)
                : left[..type.Size].SequenceCompareTo(right[..type.Size]);
            if (order != 0)
            {
                return order;
            }

            left = left[type.Size..];
            right = right[type.Size..];
        }

        return 0;
    }

    private static int Compare(long left, long right, bool isSigned) => isSigned ? left.CompareTo(right) : ((ulong)left).CompareTo((ulong)right);
}
