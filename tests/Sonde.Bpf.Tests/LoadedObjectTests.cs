using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit;

namespace Sonde.Bpf.Tests;

public sealed class LoadedObjectTests
{
    [Fact]
    public void Blueprint_lists_programs_and_maps_with_their_sizes()
    {
        using BpfObject blueprint = Sample.Open();
        Assert.Equal("raw_tp/sys_enter", blueprint.Program("count_calls").Section);
        Assert.True(blueprint.Program("count_calls").Autoload);
        Assert.False(blueprint.Program("wild_read").Autoload);
        Assert.Equal((BpfMapType.Hash, 4, 8, 4u),
            (blueprint.Map("table").Type, blueprint.Map("table").KeySize, blueprint.Map("table").ValueSize, blueprint.Map("table").MaxEntries));
        Assert.Throws<ArgumentException>(() => blueprint.Program("nobody"));
    }

    [Fact]
    public void Constants_and_variables_reach_the_program_and_come_back()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.SetConstant("step", 3ul);
        Assert.Throws<ArgumentException>(() => blueprint.SetConstant("step", 3));
        Assert.Throws<ArgumentException>(() => blueprint.SetConstant("total", 3ul));
        Assert.Throws<ArgumentException>(() => blueprint.SetConstant("nothing", 3ul));
        using LoadedObject loaded = blueprint.Load();

        loaded.Variable<ulong>("total") = 100;
        loaded.Variable<uint>("from_user") = 9;
        EmitRequest request = new() { Count = 5 };
        Assert.Equal(42, loaded.Program("emit").Run(ref request));

        Assert.Equal(115ul, loaded.Variable<ulong>("total"));
        Span<ulong> sums = stackalloc ulong[2];
        Assert.True(loaded.Map("counters").TrySum(0u, sums));
        Assert.Equal([5ul, 9ul], sums.ToArray());
        Assert.Throws<ArgumentException>(() => loaded.Variable<ulong>("step"));
        Assert.Throws<ArgumentException>(() => loaded.Variable<byte>("total"));
    }

    [Fact]
    public void An_object_is_used_up_by_loading()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        Assert.Throws<ObjectDisposedException>(() => blueprint.Load());
        Assert.Throws<ObjectDisposedException>(() => blueprint.Map("table").MaxEntries = 3);
    }

    [Fact]
    public void Maps_hold_what_is_put_and_say_when_they_are_full()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.Map("table").MaxEntries = 2;
        using LoadedObject loaded = blueprint.Load();
        BpfMap table = loaded.Map("table");

        Assert.False(table.TryLookup(1u, out ulong value));
        Assert.True(table.TryUpdate(1u, 10ul));
        Assert.True(table.TryUpdate(2u, 20ul));
        Assert.False(table.TryUpdate(3u, 30ul));
        Assert.False(table.TryUpdate(2u, 21ul, MapUpdate.OnlyNew));
        Assert.False(table.TryUpdate(9u, 21ul, MapUpdate.OnlyExisting));
        Assert.True(table.TryLookup(2u, out value));
        Assert.Equal(20ul, value);
        Assert.Throws<ArgumentException>(() => table.TryLookup(2ul, out value));

        List<uint> keys = [];
        for (bool more = table.TryFirstKey(out uint key); more; more = table.TryNextKey(key, out key))
        {
            keys.Add(key);
        }

        Assert.Equal([1u, 2u], keys.Order());
        Assert.True(table.TryDelete(1u));
        Assert.False(table.TryDelete(1u));
        Assert.True(table.MemoryBytes > 0);
    }

    [Fact]
    public void An_attached_program_runs_until_its_link_is_disposed_and_is_timed()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.SetConstant("wanted_pid", (uint)Environment.ProcessId);
        blueprint.Program("count_calls").KeepVerifierLog(4);
        using LoadedObject loaded = blueprint.Load();
        BpfProgram program = loaded.Program("count_calls");
        Assert.Contains("processed", program.VerifierLog, StringComparison.Ordinal);
        Assert.True(program.VerifiedInstructions > 0);
        using (BpfStatistics.Enable())
        using (program.Attach())
        {
            for (int i = 0; i < 100; i++)
            {
                _ = File.Exists("/proc/self/status");
            }
        }

        ulong seen = loaded.Variable<ulong>("total");
        Assert.True(seen >= 100);
        RunTimeStatistics statistics = program.Statistics;
        Assert.True(statistics.RunCount >= seen);
        Assert.True(statistics.RunTime > statistics.RunCount);
        _ = File.Exists("/proc/self/status");
        Assert.Equal(seen, loaded.Variable<ulong>("total"));
    }

    [Fact]
    public void An_iterator_visits_each_socket_that_has_storage_on_every_pass()
    {
        using BpfObject blueprint = Sample.Open();
        blueprint.Program("sweep").Autoload = true;
        using LoadedObject loaded = blueprint.Load();
        using Socket one = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using Socket two = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        one.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.True(loaded.Map("sockets").TryUpdate((int)one.Handle, 1ul));
        Assert.True(loaded.Map("sockets").TryUpdate((int)two.Handle, 1ul));

        using BpfIterator sweep = loaded.Program("sweep").AttachIterator(loaded.Map("sockets"));
        Assert.Equal(0, sweep.Pass());
        Assert.Equal(2ul, loaded.Variable<ulong>("total"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        sweep.Pass();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(4ul, loaded.Variable<ulong>("total"));
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct EmitRequest
    {
        public uint Count;
        public uint Discarded;
        public uint Dropped;
        public uint Length;
    }
}
