using System.Runtime.InteropServices;
using Xunit;

namespace Sonde.Bpf.Tests;

public sealed class RingBufferTests
{
    private const int BytesPerRecord = 40; // 8 of header, 32 of record

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_record_arrives_once_and_in_order_over_many_turns_of_the_buffer(bool discarding)
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        using RingBuffer ring = new(loaded.Map("records"));
        ulong expected = 0;
        for (int round = 0; round < 200; round++)
        {
            LoadedObjectTests.EmitRequest request = new() { Count = (uint)(round % 50), Discarded = discarding ? 1u : 0 };
            loaded.Program("emit").Run(ref request);
            Assert.Equal(0u, request.Dropped);
            Assert.Equal((long)request.Count * BytesPerRecord * (discarding ? 2 : 1), ring.UnreadBytes);
            int count = ring.Consume(record =>
            {
                Assert.Equal(expected++, MemoryMarshal.Read<ulong>(record));
                Assert.True(record[8..16].SequenceEqual("sonde!!\0"u8));
            });
            Assert.Equal((int)request.Count, count);
            Assert.Equal(0, ring.UnreadBytes);
        }

        Assert.Equal(loaded.Variable<ulong>("total"), expected);
    }

    [Fact]
    public void What_does_not_fit_is_dropped_by_the_kernel_and_room_comes_back_by_reading()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        using RingBuffer ring = new(loaded.Map("records"));
        LoadedObjectTests.EmitRequest request = new() { Count = 500 };
        loaded.Program("emit").Run(ref request);
        Assert.Equal(4096u, ring.Size);
        Assert.Equal(500u - (4096 / BytesPerRecord), request.Dropped);

        Assert.Equal(10, ring.Consume(_ => { }, 10));
        request = new() { Count = 20 };
        loaded.Program("emit").Run(ref request);
        Assert.Equal(10u, request.Dropped);
        Assert.Equal(4096 / BytesPerRecord, ring.Consume(_ => { }));
    }

    [Fact]
    public void Waiting_ends_with_a_record_a_wake_or_the_time()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        using RingBuffer ring = new(loaded.Map("records"));
        Assert.False(ring.Wait(TimeSpan.FromMilliseconds(1)));
        ring.Wake();
        Assert.True(ring.Wait(TimeSpan.FromSeconds(10)));
        Assert.False(ring.Wait(TimeSpan.Zero));
        LoadedObjectTests.EmitRequest request = new() { Count = 1 };
        loaded.Program("emit").Run(ref request);
        Assert.True(ring.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(1, ring.Consume(_ => { }));
        Assert.False(ring.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void A_reader_and_a_writer_on_two_threads_lose_nothing_and_never_sleep_past_a_record()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        using RingBuffer ring = new(loaded.Map("records"));
        const int Rounds = 3000;
        uint dropped = 0;
        Thread writer = new(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                LoadedObjectTests.EmitRequest request = new() { Count = 3 };
                loaded.Program("emit").Run(ref request);
                dropped += request.Dropped;
            }

            ring.Wake();
        });
        writer.Start();
        int seen = 0;
        bool slept = false;
        while (writer.IsAlive || ring.UnreadBytes > 0)
        {
            seen += ring.Consume(_ => { });
            bool announced = ring.Wait(TimeSpan.FromSeconds(2));
            slept |= !announced && ring.UnreadBytes > 0;
            if (!announced && !writer.IsAlive)
            {
                break;
            }
        }

        writer.Join();
        seen += ring.Consume(_ => { });
        Assert.False(slept);
        Assert.Equal(Rounds * 3, seen + (int)dropped);
        Assert.True(seen > 0);
    }

    [Fact]
    public void Reading_allocates_nothing_and_a_handler_that_throws_loses_one_record()
    {
        using BpfObject blueprint = Sample.Open();
        using LoadedObject loaded = blueprint.Load();
        using RingBuffer ring = new(loaded.Map("records"));
        LoadedObjectTests.EmitRequest request = new() { Count = 20 };
        loaded.Program("emit").Run(ref request);
        int bytes = 0;
        RecordHandler handler = record => bytes += record.Length;
        ring.Consume(handler, 5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ring.Consume(handler, 5);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(320, bytes);
        Assert.Throws<InvalidDataException>(() => ring.Consume(_ => throw new InvalidDataException()));
        Assert.Equal(9, ring.Consume(handler));
        Assert.Throws<ArgumentException>(() => new RingBuffer(loaded.Map("table")));
    }
}
