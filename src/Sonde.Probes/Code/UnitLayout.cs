using Sonde.Bpf;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>The maps of a unit: first those of the program, in its order, then what code turns out to need.</summary>
internal sealed class UnitLayout
{
    internal const int PowerOfTwoBuckets = 66;

    private const int IndexSize = 4, WordSize = 8;
    private const uint NoPreallocation = 1;

    private readonly ProbeProgram _program;
    private readonly CompilerSettings _settings;
    private readonly List<MapLayout> _maps = [];

    internal UnitLayout(ProbeProgram program, CompilerSettings settings)
    {
        (_program, _settings) = (program, settings);
        _maps.AddRange(program.Maps.Select(OfMap));
    }

    internal IReadOnlyList<MapLayout> Maps => _maps;

    internal bool HasGenerations => _settings.HasGenerations;

    internal bool HasTypedTask => _settings.HasTypedTask;

    internal bool WakesReader => _settings.WakesReader;

    /// <summary>
    /// True when a program that counts in a map can be interrupted, on its CPU, by one that counts there too. Programs at tracepoints,
    /// kprobes and perf events keep each other out (<c>bpf_prog_active</c>); others may be run in the middle of one another.
    /// </summary>
    internal bool IsAtomic(ProbeMap map) => _program.Probes
        .Where(probe => TreeWalk.Statements(probe.Body).OfType<Aggregate>().Any(each => each.Map == map))
        .Any(MayInterrupt);

    /// <summary>True for a program that may begin on a CPU where a run of it, or of another, has not ended.</summary>
    internal bool MayInterrupt(Probe probe) => probe.Targets[0] is not (TracepointTarget or KprobeTarget or ProfileTarget or PerfEventTarget);

    internal int IndexOf(ProbeMap map) => _maps.FindIndex(each => each.Source == map);

    internal MapLayout this[ProbeMap map] => _maps[IndexOf(map)];

    /// <summary>Words of the value of an aggregation, the summary not counted.</summary>
    internal static int Buckets(Aggregation aggregation) => aggregation.Kind switch
    {
        AggregationKind.PowerOfTwo => PowerOfTwoBuckets,
        AggregationKind.Linear => checked((int)((aggregation.LinearMax - aggregation.LinearMin) / aggregation.LinearStep + 2)),
        AggregationKind.Count => 1,
        _ => 2,
    };

    internal int Events() => IndexOf(MapPurpose.Events, () =>
        new(MapPurpose.Events, "events", BpfMapType.RingBuffer, 0, 0, _settings.RingBufferBytes, 0));

    internal int Generation() => IndexOf(MapPurpose.Generation, () => Single(MapPurpose.Generation, "generation", BpfMapType.Array, WordSize));

    internal int Counters() => IndexOf(MapPurpose.Counters, () =>
        Single(MapPurpose.Counters, "counters", BpfMapType.PerCpuArray, (1 + _program.Maps.Count) * WordSize));

    /// <summary>As large as the largest value that a key begins with.</summary>
    internal int Zeroes() => IndexOf(MapPurpose.Zeroes, () =>
        Single(MapPurpose.Zeroes, "zeroes", BpfMapType.Array, _maps.Where(each => each.Purpose == MapPurpose.Values).Max(each => each.ValueSize)));

    internal int Stacks(int depth)
    {
        int index = _maps.FindIndex(each => each.Purpose == MapPurpose.Stacks && each.ValueSize == depth * WordSize);
        return index >= 0 ? index : Add(new(MapPurpose.Stacks, $"stacks_{depth}", BpfMapType.StackTrace, IndexSize, depth * WordSize, _settings.Stacks, 0));
    }

    /// <summary>The scratch map, with room for so many bytes in each program's entry.</summary>
    internal int Scratch(int size)
    {
        int index = IndexOf(MapPurpose.Scratch, () =>
            new(MapPurpose.Scratch, "scratch", BpfMapType.PerCpuArray, IndexSize, size, _program.Probes.Count, 0));
        _maps[index] = _maps[index] with { ValueSize = Math.Max(size, _maps[index].ValueSize) };
        return index;
    }

    private static MapLayout Single(MapPurpose purpose, string name, BpfMapType type, int size) => new(purpose, name, type, IndexSize, size, 1, 0);

    private int IndexOf(MapPurpose purpose, Func<MapLayout> create)
    {
        int index = _maps.FindIndex(each => each.Purpose == purpose);
        return index >= 0 ? index : Add(create());
    }

    private int Add(MapLayout layout)
    {
        _maps.Add(layout);
        return _maps.Count - 1;
    }

    private MapLayout OfMap(ProbeMap map)
    {
        string name = map.Name.Length > 1 ? map.Name[1..] : "unnamed";
        return map.Aggregation is { } aggregation ? OfAggregation(map, aggregation, name) : OfAssigned(map, name);
    }

    private MapLayout OfAssigned(ProbeMap map, string name) => map.KeyTypes.Count == 0
        ? new(MapPurpose.Values, name, BpfMapType.Array, IndexSize, map.ValueType.Size + WordSize, 1, 0) { Source = map }
        : new(MapPurpose.Values, name, BpfMapType.Hash, KeySize(map), map.ValueType.Size, map.MaxKeys ?? _settings.MapKeys, 0) { Source = map };

    private MapLayout OfAggregation(ProbeMap map, Aggregation aggregation, string name)
    {
        bool isHistogram = aggregation.Kind is AggregationKind.PowerOfTwo or AggregationKind.Linear;
        int size = (Buckets(aggregation) + (isHistogram && aggregation.KeepsSummary ? 4 : 0)) * WordSize;
        if (map.KeyTypes.Count == 0)
        {
            return new(MapPurpose.Values, name, BpfMapType.PerCpuArray, IndexSize, size, HasGenerations ? 2 : 1, 0)
            {
                Source = map,
                HasGenerations = HasGenerations,
            };
        }

        int affordable = _settings.AllocatesOnDemand ? int.MaxValue : Math.Max(1, _settings.PreallocatedBytes / (size * _settings.PossibleCpus));
        return new(
            MapPurpose.Values, name, BpfMapType.PerCpuHash, KeySize(map) + (HasGenerations ? WordSize : 0), size,
            (map.MaxKeys ?? Math.Min(_settings.MapKeys, affordable)) + (HasGenerations ? 2 : 0), _settings.AllocatesOnDemand ? NoPreallocation : 0)
        {
            Source = map,
            HasGenerations = HasGenerations,
            KeepsRefused = HasGenerations,
        };
    }

    private static int KeySize(ProbeMap map) => map.KeyTypes.Sum(type => type.Size);
}
