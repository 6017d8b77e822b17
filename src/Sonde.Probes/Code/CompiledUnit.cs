using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>A program as code: what is to be created and loaded, in this order. Nothing in it depends on descriptors, so it is made without any privilege.</summary>
public sealed record CompiledUnit
{
    /// <summary>What it was made from; its outputs are numbered as there.</summary>
    public required ProbeProgram Source { get; init; }

    /// <summary>What it was made for.</summary>
    public required CompilerSettings Settings { get; init; }

    /// <summary>One for each of <see cref="ProbeProgram.Probes"/>, in their order.</summary>
    public required IReadOnlyList<CompiledProgram> Programs { get; init; }

    /// <summary>The maps to create; programs refer to them by index.</summary>
    public required IReadOnlyList<MapLayout> Maps { get; init; }

    /// <summary>The map of a purpose that there is one of; null when no program needs it.</summary>
    public MapLayout? Find(MapPurpose purpose) => Maps.FirstOrDefault(each => each.Purpose == purpose);

    /// <summary>Where the values of a map of the program are.</summary>
    public MapLayout LayoutOf(ProbeMap map) => Maps.First(each => each.Source == map);

    /// <summary>Where stacks of so many frames are kept.</summary>
    public MapLayout StacksOf(int depth) => Maps.First(each => each.Purpose == MapPurpose.Stacks && each.ValueSize == depth * sizeof(ulong));

    /// <summary>The word of <see cref="MapPurpose.Counters"/> that counts the keys which a map refused since it was full.</summary>
    public int RefusalCounter(ProbeMap map)
    {
        for (int i = 0; i < Source.Maps.Count; i++)
        {
            if (Source.Maps[i] == map)
            {
                return LostEventCounter + 1 + i;
            }
        }

        throw new ArgumentException($"{map.Name} is not a map of this program.", nameof(map));
    }

    /// <summary>The word of <see cref="MapPurpose.Counters"/> that counts the events for which the ring buffer had no room, and the runs that found the memory taken by one that they interrupted.</summary>
    public const int LostEventCounter = 0;
}
