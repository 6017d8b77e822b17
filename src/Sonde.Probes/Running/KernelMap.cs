using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>A map of a running program, read and emptied from user space.</summary>
internal sealed class KernelMap(MapLayout layout, BpfMap map)
{
    private const int GenerationSize = sizeof(ulong);

    private readonly ProbeMap _source = layout.Source ?? throw new ArgumentException($"'{layout.Name}' keeps no map of the program.", nameof(layout));

    internal ProbeMap Source => _source;

    /// <summary>True when it is counted in two generations.</summary>
    internal bool HasGenerations => layout.HasGenerations;

    /// <summary>Makes the entries that programs do not make themselves.</summary>
    internal void Fill()
    {
        for (int generation = 0; layout.KeepsRefused && generation < 2; generation++)
        {
            map.TryUpdate(RefusedKey(generation), new byte[map.LookupSize]);
        }
    }

    /// <summary>All that it holds, of both generations.</summary>
    internal MapSnapshot Read() => _source.Aggregation is { } aggregation ? ReadAggregation(aggregation, null) : ReadValues();

    /// <summary>What it holds of a generation that no program counts in any more, and takes it out.</summary>
    internal MapSnapshot Drain(int generation)
    {
        MapSnapshot snapshot = ReadAggregation(_source.Aggregation!, generation);
        if (layout.IsUnkeyed)
        {
            map.TryUpdate(BytesOf(generation), new byte[map.LookupSize]);
            return snapshot;
        }

        MapRow[] own = [.. snapshot.Rows.Where(row => !row.IsRefused)];
        if (own.Length < snapshot.Rows.Count)
        {
            map.TryUpdate(RefusedKey(generation), new byte[map.LookupSize]);
        }

        byte[] keys = new byte[own.Length * layout.KeySize];
        Span<byte> rest = keys;
        foreach (MapRow row in own)
        {
            MemoryMarshal.Write(rest, (long)generation);
            row.Key.CopyTo(rest[GenerationSize..]);
            rest = rest[layout.KeySize..];
        }

        map.DeleteAll(keys);
        return snapshot;
    }

    /// <summary>Takes everything out. What is counted meanwhile may be lost or stay.</summary>
    internal void Clear()
    {
        if (layout.IsUnkeyed)
        {
            FillWithZeroes();
            return;
        }

        map.DeleteAll(Keys());
        Fill();
    }

    /// <summary>Sets every value to zero, and keeps the keys.</summary>
    internal void Zero()
    {
        if (layout.IsUnkeyed)
        {
            FillWithZeroes();
            return;
        }

        byte[] keys = Keys(), zeroes = new byte[map.LookupSize];
        for (int at = 0; at < keys.Length; at += layout.KeySize)
        {
            map.TryUpdate(keys.AsSpan(at, layout.KeySize), zeroes, MapUpdate.OnlyExisting);
        }
    }

    private static ReadOnlySpan<byte> BytesOf(in int index) => MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in index));

    private byte[] RefusedKey(int generation)
    {
        byte[] key = new byte[layout.KeySize];
        MemoryMarshal.Write(key, (long)(generation | MapLayout.RefusedMark));
        return key;
    }

    private MapSnapshot ReadAggregation(Aggregation aggregation, int? generation)
    {
        int skipped = layout.HasGenerations && !layout.IsUnkeyed ? GenerationSize : 0;
        Dictionary<byte[], MapAccumulator> rows = new(KeyBytes.Comparer);
        Dictionary<byte[], MapAccumulator>.AlternateLookup<ReadOnlySpan<byte>> byKey = rows.GetAlternateLookup<ReadOnlySpan<byte>>();
        MapAccumulator refused = new(aggregation, layout.ValueSize / sizeof(long));
        map.ReadAll((key, value) =>
        {
            int counted = layout.HasGenerations ? MemoryMarshal.Read<int>(key) : 0;
            if (generation is { } wanted && layout.HasGenerations && (counted & ~MapLayout.RefusedMark) != wanted)
            {
                return;
            }

            if ((counted & MapLayout.RefusedMark) != 0)
            {
                refused.Add(value);
                return;
            }

            ReadOnlySpan<byte> own = layout.IsUnkeyed ? [] : key[skipped..];
            ref MapAccumulator? row = ref CollectionsMarshal.GetValueRefOrAddDefault(byKey, own, out _);
            (row ??= new(aggregation, layout.ValueSize / sizeof(long))).Add(value);
        });
        IEnumerable<MapRow> read = rows.Where(each => !layout.IsUnkeyed || each.Value.IsUsed).Select(each => new MapRow(each.Key, each.Value.ToCell()));
        return new(_source, [.. refused.IsUsed ? read.Append(new([], refused.ToCell()) { IsRefused = true }) : read]);
    }

    private MapSnapshot ReadValues()
    {
        List<MapRow> rows = [];
        map.ReadAll((key, value) =>
        {
            if (!layout.IsUnkeyed)
            {
                rows.Add(new(key.ToArray(), new ValueCell(value.ToArray())));
            }
            else if (MemoryMarshal.Read<long>(value[^sizeof(long)..]) != 0)
            {
                rows.Add(new([], new ValueCell(value[..^sizeof(long)].ToArray())));
            }
        });
        return new(_source, rows);
    }

    private byte[] Keys()
    {
        List<byte> keys = [];
        map.ReadAll((key, _) => keys.AddRange(key));
        return [.. keys];
    }

    private void FillWithZeroes()
    {
        byte[] zeroes = new byte[map.LookupSize];
        for (int index = 0; index < layout.MaxEntries; index++)
        {
            map.TryUpdate(BytesOf(index), zeroes);
        }
    }
}
