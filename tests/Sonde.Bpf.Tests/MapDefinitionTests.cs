using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Sonde.Bpf.Tests;

public sealed class MapDefinitionTests
{
    private const uint NoPreallocation = 1;

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.PerCpuHash)]
    [InlineData(BpfMapType.LruHash)]
    public void All_entries_of_a_hash_table_are_read_once_and_deleted(BpfMapType type)
    {
        const int Count = 10_000;
        using BpfMap map = BpfMap.Create(new("many", type, sizeof(ulong), sizeof(ulong), 4 * Count));
        byte[] value = new byte[map.LookupSize];
        for (ulong key = 0; key < Count; key++)
        {
            MemoryMarshal.Write(value, key * 3);
            Assert.True(map.TryUpdate(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in key)), value));
        }

        HashSet<ulong> keys = [];
        List<byte> toDelete = [];
        map.ReadAll((key, read) =>
        {
            Assert.True(keys.Add(MemoryMarshal.Read<ulong>(key)));
            Assert.Equal(MemoryMarshal.Read<ulong>(key) * 3, MemoryMarshal.Read<ulong>(read));
            toDelete.AddRange(key);
        });
        Assert.Equal(Count, keys.Count);

        // Some are gone already.
        Assert.True(map.TryDelete(0ul));
        Assert.True(map.TryDelete(5000ul));
        map.DeleteAll(CollectionsMarshal.AsSpan(toDelete));
        map.ReadAll((_, _) => Assert.Fail("a key is left"));
    }

    [Fact]
    public void Keys_that_all_lie_in_one_bucket_are_read_too()
    {
        // One bucket: no more room than one power of two is asked for.
        using BpfMap map = BpfMap.Create(new("narrow", BpfMapType.Hash, 512, 60_000, 64) { Flags = NoPreallocation });
        byte[] key = new byte[512], value = new byte[60_000];
        for (byte i = 0; i < 64; i++)
        {
            key[0] = i;
            Assert.True(map.TryUpdate(key, value));
        }

        int read = 0;
        map.ReadAll((_, _) => read++);
        Assert.Equal(64, read);
    }

    [Fact]
    public void All_entries_of_an_array_are_read_in_order()
    {
        using BpfMap map = BpfMap.Create(new("array", BpfMapType.PerCpuArray, sizeof(uint), 2 * sizeof(ulong), 5));
        Assert.Equal(2 * sizeof(ulong) * BpfMap.PossibleCpus, map.LookupSize);
        List<uint> indices = [];
        map.ReadAll((key, value) =>
        {
            indices.Add(MemoryMarshal.Read<uint>(key));
            Assert.False(value.ContainsAnyExcept((byte)0));
        });
        Assert.Equal([0u, 1, 2, 3, 4], indices);
    }

    [Fact]
    public void A_map_that_cannot_be_made_is_named()
    {
        BpfLoadException failure = Assert.Throws<BpfLoadException>(() => BpfMap.Create(new("no such", BpfMapType.Hash, 0, 0, 1)));
        Assert.StartsWith("Map 'no such' could not be created: ", failure.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_programs_takes_as_long_as_the_kernel_needs_to_come_to_rest()
    {
        using ProgramBarrier barrier = new();
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < 5; i++)
        {
            barrier.Wait();
        }

        TimeSpan each = Stopwatch.GetElapsedTime(begun) / 5;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each.TotalMilliseconds:F1} ms");
        // A grace period takes at least a tick; returning at once would mean that nothing was waited for.
        Assert.True(each > TimeSpan.FromMilliseconds(0.5), $"{each.TotalMilliseconds:F3} ms");
    }
}
