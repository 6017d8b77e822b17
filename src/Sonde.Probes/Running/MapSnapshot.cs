using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>What a map held, the CPUs added up; rows in no order.</summary>
public sealed record MapSnapshot(ProbeMap Map, IReadOnlyList<MapRow> Rows);

/// <param name="Key">The key's values one behind the other, each of its type's size.</param>
/// <param name="Cell">The value.</param>
public readonly record struct MapRow(byte[] Key, MapCell Cell)
{
    /// <summary>True for what went into keys that found no room; the key means nothing. Only of a unit with generations.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>A value of a map, by the map's aggregation.</summary>
public abstract record MapCell;

/// <summary>Of a map that is assigned: <see cref="ProbeMap.ValueType"/>'s bytes.</summary>
public sealed record ValueCell(byte[] Bytes) : MapCell;

/// <summary>Of <c>count()</c>, <c>sum()</c>, <c>min()</c>, <c>max()</c>.</summary>
public sealed record NumberCell(long Value) : MapCell;

/// <summary>Of <c>avg()</c> and <c>stats()</c>.</summary>
public sealed record MeanCell(long Count, long Total) : MapCell;

/// <summary>Of <c>hist()</c> and <c>lhist()</c>.</summary>
/// <param name="Buckets">As <see cref="AggregationKind"/> numbers them; of <c>lhist()</c> the first is below the range and the last above.</param>
/// <param name="Sum">0 unless the aggregation keeps its summary; so are the others.</param>
/// <param name="Minimum">The least value.</param>
/// <param name="Maximum">The greatest.</param>
public sealed record HistogramCell(long[] Buckets, long Sum, long Minimum, long Maximum) : MapCell;
