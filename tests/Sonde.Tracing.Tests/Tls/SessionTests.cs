using Sonde.Tracing.Abi;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Tls;

/// <summary>TLS sessions whose socket is found late, or never.</summary>
public sealed class SessionTests
{
    private const ulong Session = 1ul << (int)Limits.SessionBit;
    private const ulong Second = 1_000 * Records.Millisecond;

    private readonly FakeHost _host = new();
    private readonly Records _kernel = new(Session | 5) { Role = Role.Client, Socket = 7, RemotePort = 443 };

    [Fact]
    public void Nothing_is_made_of_a_request_before_its_socket_is_known()
    {
        Ask();
        Assert.Empty(_host.Spans);
        _host.Delivery.GiveUpGapsBefore(_kernel.Now + Second);
        _host.Delivery.Read(_kernel.Introduction());
        Assert.Equal(("/1", "443", "https"), (_host.Spans[0].Path, _host.Spans[0]["network.peer.port"], _host.Spans[0]["url.scheme"]));
        Ask();
        Assert.Equal((2, 0L), (_host.Spans.Count, _host.Counters.RecordsUnbound));
    }

    [Fact]
    public void A_session_whose_socket_is_not_found_in_time_is_counted_and_left_out()
    {
        Ask();
        _host.Delivery.GiveUpGapsBefore(_kernel.Now + (11 * Second));
        _host.Delivery.Read(_kernel.Introduction());
        Assert.Equal((0, 2L, false), (_host.Spans.Count, _host.Counters.RecordsUnbound, _host.Table.HasWork));
    }

    [Fact]
    public void A_session_that_ends_unbound_is_counted_and_forgotten()
    {
        Ask();
        _host.Delivery.Read(_kernel.Progress(ProgressReason.Closed));
        Assert.Equal((0, 2L), (_host.Spans.Count, _host.Counters.RecordsUnbound));
        Assert.Null(_host.Table.Find(_kernel.Cookie << (int)Limits.OrdinalBits));
    }

    [Fact]
    public void No_more_is_held_of_an_unbound_session_than_of_a_gap()
    {
        for (int i = 0; i < 200; i++)
        {
            Ask();
        }

        Assert.InRange(_host.Counters.RecordsUnbound, 300, 400);
        Assert.Empty(_host.Spans);
    }

    [Fact]
    public void Plain_connections_without_an_introduction_are_not_waited_for()
    {
        var plain = new Records(9);
        _host.Delivery.Read(plain.Request("GET /1 HTTP/1.1\r\nHost: shop\r\n\r\n"));
        Assert.Equal((1L, 0L), (_host.Counters.RecordsMissed, _host.Counters.RecordsUnbound));
    }

    private void Ask()
    {
        _host.Delivery.Read(_kernel.Request("GET /1 HTTP/1.1\r\nHost: shop\r\n\r\n"));
        _host.Delivery.Read(_kernel.Response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }
}
