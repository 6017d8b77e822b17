using CsCheck;
using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Tests.Connections;

public sealed class ConnectionTableTests
{
    private const string Get = "GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void A_full_table_counts_what_it_leaves_out_and_has_room_again()
    {
        var host = new FakeHost(capacity: 2);
        Records[] kernels = [new(1), new(2), new(3)];
        foreach (Records kernel in kernels)
        {
            host.Delivery.Read(kernel.Introduction());
            host.Delivery.Read(kernel.Request(Get));
            host.Delivery.Read(kernel.Response(Ok));
        }

        Assert.Equal((2, 1L), (host.Spans.Count, host.Counters.ConnectionsRefused));
        Assert.Equal(2, host.Counters.RecordsMissed);
        host.Delivery.Read(kernels[0].Progress(ProgressReason.Closed));
        var fourth = new Records(4);
        host.Delivery.Read(fourth.Introduction());
        host.Delivery.Read(fourth.Request(Get));
        host.Delivery.Read(fourth.Response(Ok));
        Assert.Equal((3, 1L), (host.Spans.Count, host.Counters.ConnectionsRefused));
    }

    [Fact]
    public void A_connection_whose_introduction_was_lost_is_traced_from_the_next_one_on()
    {
        var host = new FakeHost();
        var kernel = new Records(1);
        host.Delivery.Read(kernel.Request(Get));
        host.Delivery.Read(kernel.Response(Ok));
        Assert.Equal((0, 2L), (host.Spans.Count, host.Counters.RecordsMissed));

        host.Delivery.Read(kernel.Introduction());
        host.Delivery.Read(kernel.Request(Get));
        host.Delivery.Read(kernel.Response(Ok));
        host.Delivery.GiveUpGapsBefore(kernel.Now);
        Assert.Single(host.Spans);
    }

    [Fact]
    public void The_end_of_an_unknown_connection_is_no_connection()
    {
        var host = new FakeHost();
        host.Delivery.Read(new Records(1).Progress(ProgressReason.Closed));
        Assert.Null(host.Table.Find(1ul << (int)Limits.OrdinalBits));
    }

    [Fact]
    public void Whatever_happens_the_open_connections_are_those_with_open_requests() =>
        Gen.Select(Gen.ULong[1, 8], Gen.Int[0, 4]).Array[1, 200].Sample(steps =>
        {
            var host = new FakeHost();
            var kernels = Enumerable.Range(0, 9).Select(cookie => new Records((ulong)cookie)).ToArray();
            var open = new HashSet<ulong>();
            int begun = 0;
            foreach ((ulong cookie, int step) in steps)
            {
                Records kernel = kernels[cookie];
                switch (step)
                {
                    case 0 or 1 when !open.Contains(cookie):
                        host.Delivery.Read(kernel.Introduction());
                        host.Delivery.Read(kernel.Request(Get));
                        open.Add(cookie);
                        begun++;
                        break;
                    case 2 when open.Remove(cookie):
                        host.Delivery.Read(kernel.Response(Ok));
                        break;
                    case 3 when kernel.Sequence > 0:
                        host.Delivery.Read(kernel.Progress(ProgressReason.Closed));
                        kernels[cookie] = new Records(cookie);
                        open.Remove(cookie);
                        break;
                    case 4 when open.Contains(cookie):
                        // Its answer is lost; the gap behind it is given up.
                        _ = kernel.Response(Ok);
                        host.Delivery.Read(kernel.Progress(ProgressReason.Next));
                        host.Delivery.GiveUpGapsBefore(kernel.Now);
                        open.Remove(cookie);
                        break;
                }

                Assert.Equal(open.Count > 0, host.Table.HasWork);
            }

            host.Table.CloseAll();
            Assert.False(host.Table.HasWork);
            Assert.Equal(begun, host.Spans.Count + host.Counters.Abandoned);
        }, iter: 500);
}
