using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CsCheck;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The reader's side of the rings, against memory that the tests write as ring.bpf.h does.</summary>
public sealed class RecordRingsTests
{
    private const int Size = 4096;

    [Fact]
    public void Records_of_all_processors_come_in_the_order_of_their_times() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[16, 900]).Array[0, 200].Sample(steps =>
        {
            using var rings = new Memory(4);
            List<(ulong Time, int Length)> expected = [], read = [];
            ulong time = 0;
            foreach ((int processor, int length) in steps)
            {
                if (!rings.HasRoom(processor, length))
                {
                    rings.Read(read);
                }

                rings.Write(processor, ++time, length);
                expected.Add((time, length));
            }

            rings.Read(read);
            // A pass takes what is there: across passes the order is that of writing.
            Assert.Equal(expected, read);
            Assert.Equal(0, rings.Rings.UnreadBytes);
        }, iter: 200);

    [Fact]
    public void A_record_that_is_not_whole_holds_back_those_behind_it_and_no_other_processors()
    {
        using var rings = new Memory(2);
        rings.Write(0, 1, 100);
        Action finish = rings.Reserve(0, 2, 100);
        rings.Write(0, 4, 100);
        rings.Write(1, 3, 100);
        Assert.Equal([1ul, 3ul], rings.Read().Select(each => each.Time));
        Assert.Empty(rings.Read());
        finish();
        Assert.Equal([2ul, 4ul], rings.Read().Select(each => each.Time));
    }

    [Fact]
    public void What_an_earlier_turn_left_is_no_record()
    {
        using var rings = new Memory(1);
        for (ulong time = 1; time <= 64; time++)
        {
            rings.Write(0, time, BlockBytes);
            Assert.Equal(time, Assert.Single(rings.Read()).Time);
        }

        // Every word holds a position of the turn before.
        Action finish = rings.Reserve(0, 65, BlockBytes);
        Assert.Empty(rings.Read());
        finish();
        Assert.Single(rings.Read());
    }

    [Fact]
    public void Records_of_the_future_wait()
    {
        using var rings = new Memory(1);
        rings.Write(0, MonotonicClock.Now + 50_000_000, 100);
        Assert.Empty(rings.Read());
        Assert.True(SpinWait.SpinUntil(() => rings.Read().Count == 1, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void No_more_than_asked_for_is_read_and_the_rest_is_still_there()
    {
        using var rings = new Memory(2);
        for (ulong time = 1; time <= 10; time++)
        {
            rings.Write((int)time % 2, time, 100);
        }

        Assert.Equal([1ul, 2ul, 3ul], rings.Read(max: 3).Select(each => each.Time));
        Assert.Equal(7 * 2 * BlockBytes, rings.Rings.UnreadBytes);
        Assert.Equal(4 * 2 * BlockBytes, rings.Rings.FullestBytes);
        Assert.Equal([4ul, 5ul, 6ul, 7ul, 8ul, 9ul, 10ul], rings.Read().Select(each => each.Time));
    }

    [Fact]
    public void A_record_that_the_handler_throws_at_counts_as_read()
    {
        using var rings = new Memory(1);
        rings.Write(0, 1, 100);
        rings.Write(0, 2, 100);
        Assert.Throws<InvalidDataException>(() => rings.Rings.Consume(_ => throw new InvalidDataException(), int.MaxValue));
        Assert.Equal(2ul, Assert.Single(rings.Read()).Time);
    }

    [Theory]
    [InlineData(4 << 20, 2, 2 << 20)]
    [InlineData(4 << 20, 3, 1 << 20)]
    [InlineData(4 << 20, 1, 4 << 20)]
    [InlineData(4 << 20, 256, 128 << 10)]
    public void Processors_share_the_memory_but_none_gets_too_little(int bytes, int processors, int each) =>
        Assert.Equal(each, RecordRings.SizeOfEach(bytes, processors));

    private const int BlockBytes = Limits.BlockBytes;

    /// <summary>Memory as the map has it, written as the kernel half does.</summary>
    private sealed unsafe class Memory : IDisposable
    {
        private readonly byte* _memory;
        private readonly int _stride = ProcessorRing.MemorySize(Size);

        public Memory(int processors)
        {
            _memory = (byte*)NativeMemory.AllocZeroed((nuint)(processors * _stride));
            Rings = new RecordRings([.. Enumerable.Range(0, processors).Select(i => new ProcessorRing(_memory + i * _stride, Size))]);
        }

        public RecordRings Rings { get; }

        public bool HasRoom(int processor, int length) => Head(processor)->Produced + (ulong)Blocks(length) - Head(processor)->Consumed <= Size;

        public void Write(int processor, ulong time, int length) => Reserve(processor, time, length)();

        /// <summary>Takes the room; the answer makes the record whole.</summary>
        public Action Reserve(int processor, ulong time, int length)
        {
            Assert.True(HasRoom(processor, length));
            RingHead* head = Head(processor);
            ulong position = head->Produced;
            head->Produced += (ulong)Blocks(length);
            ulong* words = (ulong*)(head + 1);
            byte* record = (byte*)(words + Size / BlockBytes) + (position & (Size - 1));
            // Payload that looks like positions: only words count.
            new Span<ulong>(record, length / sizeof(ulong)).Fill((position << Limits.CommitBits) | BlockBytes);
            Unsafe.WriteUnaligned(record + sizeof(ulong), time);
            return () => words[(position & (Size - 1)) / BlockBytes] = (position << Limits.CommitBits) | (uint)length;
        }

        public List<(ulong Time, int Length)> Read(List<(ulong Time, int Length)>? to = null, int max = int.MaxValue)
        {
            List<(ulong Time, int Length)> read = to ?? [];
            Rings.Consume(record => read.Add((MemoryMarshal.Read<ulong>(record[sizeof(ulong)..]), record.Length)), max);
            return read;
        }

        public void Dispose() => NativeMemory.Free(_memory);

        private static int Blocks(int length) => (length + BlockBytes - 1) & ~(BlockBytes - 1);

        private RingHead* Head(int processor) => (RingHead*)(_memory + processor * _stride);
    }
}
