using System.Buffers;
using CsCheck;
using Sonde.Tracing.Connections;

namespace Sonde.Tracing.Tests.Connections;

public sealed class RecordSequenceTests
{
    [Fact]
    public void The_next_number_is_told_across_the_wrap()
    {
        var sequence = new RecordSequence();
        Assert.Equal(0, sequence.Compare(0));
        Assert.True(sequence.Compare(1) > 0);
        Assert.True(sequence.Compare(uint.MaxValue) < 0);
        Assert.Equal(0u, sequence.Advance(piece: 0, isLast: false));
        Assert.Equal(0, sequence.Compare(0));
        Assert.Equal(0u, sequence.Advance(piece: 1, isLast: true));
        Assert.Equal(0, sequence.Compare(1));
    }

    [Fact]
    public void Pieces_that_are_missing_in_a_call_are_counted()
    {
        var sequence = new RecordSequence();
        Assert.Equal(1u, sequence.Advance(piece: 1, isLast: false));
        Assert.Equal(2u, sequence.Advance(piece: 4, isLast: true));
        Assert.Equal(0u, sequence.Advance(piece: 0, isLast: true));
    }

    [Fact]
    public void A_gap_is_given_up_by_as_many_numbers_as_are_missing()
    {
        var sequence = new RecordSequence();
        sequence.Hold(7, [7], 50);
        Assert.False(sequence.TryTake(out _));
        Assert.Equal(7u, sequence.SkipGap());
        Assert.True(sequence.TryTake(out HeldRecord held));
        Assert.Equal([7], held.Span.ToArray());
        Assert.Equal(0u, sequence.SkipGap());
    }

    [Fact]
    public void What_is_held_says_since_when_and_bounds_what_was_overtaken()
    {
        var sequence = new RecordSequence();
        Assert.Equal((0ul, ulong.MaxValue), (sequence.HeldSince, sequence.NotAfter));
        sequence.Hold(3, [3], 70);
        sequence.Hold(2, [2], 60);
        Assert.Equal((60ul, 60ul), (sequence.HeldSince, sequence.NotAfter));
        sequence.Clear();
        Assert.Equal((0ul, 0), (sequence.HeldSince, sequence.Compare(0)));
    }

    [Fact]
    public void Any_order_of_arrival_comes_out_in_the_order_of_the_numbers() =>
        Gen.Int[1, 4].Array[1, 16].SelectMany(pieces =>
        {
            // Each number has one to four pieces, which keep their order among themselves.
            byte[][] records = [.. pieces.SelectMany((count, number) => Enumerable.Range(0, count).Select(piece => new[] { (byte)number, (byte)piece, (byte)count }))];
            return Gen.Shuffle(pieces.SelectMany((count, number) => Enumerable.Repeat(number, count)).ToArray()).Select(order => (records, order));
        }).Sample(sample =>
        {
            var sequence = new RecordSequence();
            var delivered = new List<byte[]>();
            var arrived = new int[17];
            foreach (int number in sample.order)
            {
                byte[] record = sample.records.First(each => each[0] == number && each[1] == arrived[number]);
                arrived[number]++;
                if (sequence.Compare((uint)number) > 0)
                {
                    sequence.Hold((uint)number, record, 1);
                    continue;
                }

                Assert.Equal(0, sequence.Compare((uint)number));
                Deliver(record);
                while (sequence.TryTake(out HeldRecord held))
                {
                    Deliver(held.Span.ToArray());
                    ArrayPool<byte>.Shared.Return(held.Bytes);
                }
            }

            Assert.Equal(sample.records, delivered);
            Assert.Equal(0ul, sequence.HeldSince);

            void Deliver(byte[] record)
            {
                delivered.Add(record);
                Assert.Equal(0u, sequence.Advance(record[1], isLast: record[1] == record[2] - 1));
            }
        }, iter: 2000);
}
