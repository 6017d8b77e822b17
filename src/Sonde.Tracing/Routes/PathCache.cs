using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Sonde.Tracing.Routes;

/// <summary>The templates of the paths that were last asked for: one slot per hash, overwritten in place.</summary>
internal sealed class PathCache
{
    private const int Slots = 2048;
    private const int MaxPathLength = 96;

    private readonly Slot[] _slots = new Slot[Slots];
    private readonly byte[] _paths = new byte[Slots * MaxPathLength];

    public bool TryFind(ReadOnlySpan<byte> path, ServiceRoutes service, [NotNullWhen(true)] out Route? route)
    {
        uint hash = Hash(path, service);
        ref Slot slot = ref _slots[hash % Slots];
        bool found = slot.Hash == hash && slot.Length == path.Length
            && ReferenceEquals(slot.Service, service) && slot.Generation == service.Generation
            && path.SequenceEqual(_paths.AsSpan((int)(hash % Slots) * MaxPathLength, slot.Length));
        route = found ? slot.Route : null;
        return route is not null;
    }

    public void Add(ReadOnlySpan<byte> path, ServiceRoutes service, Route route)
    {
        if (path.Length > MaxPathLength)
        {
            return;
        }

        uint hash = Hash(path, service);
        _slots[hash % Slots] = new Slot
        {
            Hash = hash,
            Length = path.Length,
            Service = service,
            Generation = service.Generation,
            Route = route,
        };
        path.CopyTo(_paths.AsSpan((int)(hash % Slots) * MaxPathLength));
    }

    /// <summary>Eight bytes a step; collisions only cost a look at the tree.</summary>
    private static uint Hash(ReadOnlySpan<byte> path, ServiceRoutes service)
    {
        const ulong multiplier = 0x9e3779b97f4a7c15;
        ulong hash = (ulong)service.Index + (ulong)path.Length;
        while (path.Length >= sizeof(ulong))
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ MemoryMarshal.Read<ulong>(path)) * multiplier;
            path = path[sizeof(ulong)..];
        }

        ulong last = 0;
        foreach (byte c in path)
        {
            last = (last << 8) | c;
        }

        hash = (BitOperations.RotateLeft(hash, 23) ^ last) * multiplier;
        return (uint)(hash >> 32);
    }

    private struct Slot
    {
        public uint Hash;
        public int Length;
        public int Generation;
        public ServiceRoutes? Service;
        public Route? Route;
    }
}
