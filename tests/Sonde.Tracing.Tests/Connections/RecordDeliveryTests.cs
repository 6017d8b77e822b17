using CsCheck;
using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Tests.Connections;

/// <summary>What comes out of records that come in any order, or not at all.</summary>
public sealed class RecordDeliveryTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly FakeHost _host = Host();

    /// <summary>A host that knows the connection.</summary>
    private static FakeHost Host()
    {
        var host = new FakeHost();
        host.Delivery.Read(new Records(7).Introduction());
        return host;
    }

    private static string Get(int number) => $"GET /{number} HTTP/1.1\r\nHost: shop\r\n\r\n";

    [Fact]
    public void Any_order_within_the_limits_gives_the_same_spans() =>
        Gen.Int[1, 32].SelectMany(count => Gen.Shuffle(Enumerable.Range(0, 2 * count).ToArray())).Sample(order =>
        {
            FakeHost host = Host();
            byte[][] records = Exchanges(new Records(7), order.Length / 2);
            foreach (int index in order)
            {
                host.Delivery.Read(records[index]);
            }

            Assert.Equal(Enumerable.Range(0, order.Length / 2).Select(number => $"/{number}"), host.Spans.Select(span => span["url.path"]));
            Assert.Equal((0L, false), Rest(host));
        }, iter: 300);

    [Fact]
    public void Lost_records_cost_their_own_exchanges_alone() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 79].Array[0, 12], Gen.Int[0, 100]).Sample((count, lost, seed) =>
        {
            FakeHost host = Host();
            byte[][] records = Exchanges(new Records(7), count);
            var isLost = lost.Where(index => index < records.Length).ToHashSet();
            ulong last = 0;
            for (int i = 0; i < records.Length; i++)
            {
                if (!isLost.Contains(i))
                {
                    host.Delivery.Read(records[i]);
                    last = BitConverter.ToUInt64(records[i], 8);
                }
            }

            host.Delivery.GiveUpGapsBefore(last);

            string[] whole = [.. Enumerable.Range(0, count).Where(i => !isLost.Contains(2 * i) && !isLost.Contains((2 * i) + 1)).Select(i => $"/{i}")];
            Assert.Equal(whole, host.Spans.Select(span => span["url.path"]));
            // A loss at the end shows with the next record only.
            int told = Enumerable.Range(0, records.Length).LastOrDefault(i => !isLost.Contains(i), -1);
            Assert.Equal(isLost.Count(index => index < told), host.Counters.RecordsMissed);
        }, iter: 500);

    [Fact]
    public void A_full_sequence_gives_its_gap_up_and_goes_on_in_order()
    {
        byte[][] records = Exchanges(new Records(7), 100);
        foreach (byte[] record in records.Skip(1))
        {
            _host.Delivery.Read(record);
        }

        Assert.Equal(Enumerable.Range(1, 99).Select(number => $"/{number}"), _host.Spans.Select(span => span["url.path"]));
        Assert.Equal((1L, false), Rest(_host));
    }

    [Fact]
    public void What_comes_after_its_gap_was_given_up_is_counted_and_dropped()
    {
        byte[][] records = Exchanges(new Records(7), 100);
        foreach (byte[] record in records.Skip(40))
        {
            _host.Delivery.Read(record);
        }

        foreach (byte[] record in records.Take(40))
        {
            _host.Delivery.Read(record);
        }

        Assert.Equal(80, _host.Spans.Count);
        Assert.Equal(80L, _host.Counters.RecordsMissed);
    }

    [Fact]
    public void A_record_that_is_the_next_once_a_full_sequence_gave_up_is_not_held()
    {
        // 64 records are held behind the missing 0; then the 65th comes: it follows them.
        byte[][] records = Exchanges(new Records(7), 33);
        foreach (byte[] record in records.Skip(1).Take(65))
        {
            _host.Delivery.Read(record);
        }

        Assert.Equal(32, _host.Spans.Count);
        Assert.Equal((1L, false), Rest(_host));
    }

    [Fact]
    public void A_record_between_the_gap_and_what_a_full_sequence_held_is_too_late()
    {
        byte[][] records = Exchanges(new Records(7), 40);
        foreach (byte[] record in records.Skip(4).Take(64))
        {
            _host.Delivery.Read(record);
        }

        // 4…67 are held: number 2 gives the gap up, and stands before it.
        _host.Delivery.Read(records[2]);
        foreach (byte[] record in records.Skip(68))
        {
            _host.Delivery.Read(record);
        }

        Assert.Equal(Enumerable.Range(2, 38).Select(number => $"/{number}"), _host.Spans.Select(span => span["url.path"]));
        Assert.Equal((5L, false), Rest(_host));
    }

    [Fact]
    public void Two_gaps_at_once_are_both_given_up()
    {
        var kernel = new Records(7);
        byte[][] records = [.. Exchanges(kernel, 5), kernel.Progress(ProgressReason.Closed)];
        foreach (int index in new[] { 0, 1, 3, 4, 5, 7, 8, 9, 10 })
        {
            _host.Delivery.Read(records[index]);
        }

        Assert.Single(_host.Spans);
        _host.Delivery.GiveUpGapsBefore(kernel.Now);
        Assert.Equal(["/0", "/2", "/4"], _host.Spans.Select(span => span["url.path"]));
        Assert.Null(_host.Table.Find(7ul << (int)Limits.OrdinalBits));
        Assert.False(_host.Table.HasWork);
    }

    [Fact]
    public void A_young_gap_behind_an_old_one_keeps_its_patience()
    {
        var kernel = new Records(7);
        byte[][] records = Exchanges(kernel, 4);
        foreach (int index in new[] { 2, 3, 5, 6, 7 })
        {
            _host.Delivery.Read(records[index]);
        }

        _host.Delivery.GiveUpGapsBefore(BitConverter.ToUInt64(records[3], 8));
        Assert.Equal("/1", Assert.Single(_host.Spans)["url.path"]);
        _host.Delivery.Read(records[4]);
        Assert.Equal(["/1", "/2", "/3"], _host.Spans.Select(span => span["url.path"]));
        Assert.Equal((2L, false), Rest(_host));
    }

    [Fact]
    public void The_end_of_a_connection_within_a_gap_that_is_given_up_leaves_nothing_behind()
    {
        var kernel = new Records(7);
        byte[][] records = [.. Exchanges(kernel, 30), kernel.Progress(ProgressReason.Closed)];
        foreach (byte[] record in records.Skip(1))
        {
            _host.Delivery.Read(record);
        }

        for (uint stray = 100; stray < 120; stray++)
        {
            kernel.Sequence = stray;
            _host.Delivery.Read(kernel.Progress(ProgressReason.Quiet));
        }

        _host.Delivery.GiveUpGapsBefore(kernel.Now);
        Assert.Equal((29, false), (_host.Spans.Count, _host.Table.HasWork));
        Assert.Null(_host.Table.Find(7ul << (int)Limits.OrdinalBits));
    }

    [Fact]
    public void A_late_send_did_not_happen_after_what_it_caused()
    {
        var kernel = new Records(7, Role.Client);
        byte[] request = kernel.Request(Get(0), flags: FragmentFlags.Late);
        byte[] response = kernel.Response(Ok);
        // Its hook ran 5 ms after the answer was read.
        ulong answered = BitConverter.ToUInt64(response, 8);
        BitConverter.TryWriteBytes(request.AsSpan(8), answered + (5 * Records.Millisecond));
        _host.Delivery.Read(response);
        _host.Delivery.Read(request);

        FinishedSpan span = Assert.Single(_host.Spans);
        Assert.Equal(("/0", "200"), (span.Path, span["http.response.status_code"]));
        Assert.InRange(span.Duration, 0ul, Records.Millisecond);
    }

    [Fact]
    public void Pieces_of_one_call_share_a_number()
    {
        var kernel = new Records(7);
        byte[][] records =
        [
            kernel.Request("GET /cart HTTP/1.1\r\nHo", flags: FragmentFlags.More),
            kernel.Request("st: shop\r\n", flags: FragmentFlags.More),
            kernel.Request("\r\n"),
            kernel.Response("HTTP/1.1 200 OK\r\n", flags: FragmentFlags.More),
            kernel.Response("Content-Length: 0\r\n\r\n"),
        ];
        foreach (int index in new[] { 3, 4, 0, 1, 2 })
        {
            _host.Delivery.Read(records[index]);
        }

        Assert.Equal("/cart", Assert.Single(_host.Spans)["url.path"]);
        Assert.Equal(0L, _host.Counters.RecordsMissed);
    }

    /// <summary>How many records are missing, and whether anything still waits once the clock has been round.</summary>
    private static (long Missed, bool Waits) Rest(FakeHost host)
    {
        host.Delivery.GiveUpGapsBefore(0);
        return (host.Counters.RecordsMissed, host.Table.HasWork);
    }

    private static byte[][] Exchanges(Records kernel, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(number => new[] { kernel.Request(Get(number)), kernel.Response(Ok) })];
}
