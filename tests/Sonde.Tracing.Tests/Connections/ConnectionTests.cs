using System.Net;
using System.Text;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Tests.Connections;

/// <summary>One end of a connection, from the kernel's records to finished spans.</summary>
public sealed class ConnectionTests
{
    private const string Get = "GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly FakeHost _host = new();
    private readonly Records _kernel = new(7);

    private Connection Connection => _host.Table.Find(7ul << (int)Limits.OrdinalBits)!;

    private FinishedSpan Span => Assert.Single(_host.Spans);

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private void Read(params byte[][] records)
    {
        // Of a connection that is known already it changes nothing.
        _host.Delivery.Read(_kernel.Introduction());
        foreach (byte[] record in records)
        {
            _host.Delivery.Read(record);
        }
    }

    [Theory]
    [InlineData(true, "10.0.0.1", 8080, "10.0.0.2", 50_000)]
    [InlineData(false, "10.0.0.2", 50_000, "10.0.0.1", 8080)]
    public void The_ends_are_named_by_the_role(bool isServer, string server, int serverPort, string client, int clientPort)
    {
        _kernel.Role = isServer ? Role.Server : Role.Client;
        _kernel.Local = IPAddress.Parse("10.0.0.1");
        _kernel.Remote = IPAddress.Parse("10.0.0.2");
        Read(_kernel.Request("GET /cart HTTP/1.0\r\n\r\n"), _kernel.Response(Ok));

        Assert.Equal((server, serverPort, client, clientPort), (Text(Connection.ServerAddress), Connection.ServerPort, Text(Connection.ClientAddress), Connection.ClientPort));
        Assert.Equal(isServer ? Telemetry.Spans.SpanKind.Server : Telemetry.Spans.SpanKind.Client, Span.Kind);
        Assert.Equal("service-100", Span.Service);
    }

    [Theory]
    [InlineData("/run/app.sock", "/run/app.sock")]
    [InlineData("\0abstract", "")]
    [InlineData("", "")]
    [InlineData("/a/path/as/long/as/there/is/room", "/a/path/as/long/as/there/is/room")]
    public void A_unix_socket_is_named_by_its_path(string path, string expected)
    {
        _kernel.Family = AddressText.Unix;
        _kernel.Path = path;
        Read(_kernel.Request(Get));

        Assert.Equal(
            (true, expected, 0, 0, 0),
            (Connection.IsUnix, Text(Connection.ServerAddress), Connection.ServerPort, Connection.ClientAddress.Length, Connection.ClientPort));
    }

    [Fact]
    public void Request_bytes_beyond_the_capture_count_by_the_places_of_what_follows()
    {
        _ = _kernel.Request("");
        Read(_kernel.Request("POST /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: 10000\r\n\r\n"));
        _kernel.Pass(Abi.Side.Request, 10_000);
        Read(_kernel.Response(Ok));
        _host.Delivery.GiveUpGapsBefore(ulong.MaxValue);

        Assert.Equal(("10000", "200"), (Span["http.request.body.size"], Span["http.response.status_code"]));
    }

    [Fact]
    public void Response_bytes_beyond_the_capture_count_by_the_progress()
    {
        Read(_kernel.Request(Get), _kernel.Response("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"));
        _kernel.Pass(Abi.Side.Response, 70_000);
        ulong last = _kernel.Now;
        _kernel.Now += 1000 * Records.Millisecond;
        Read(_kernel.Progress(ProgressReason.Quiet));

        Assert.Equal("70000", Span["http.response.body.size"]);
        Assert.Equal(last - (1_001 * Records.Millisecond), Span.Duration);
        Assert.False(_host.Table.HasWork);
    }

    [Fact]
    public void A_response_whose_end_passed_unseen_ends_with_the_next_request()
    {
        Read(_kernel.Request(Get), _kernel.Response("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n"));
        _kernel.Pass(Abi.Side.Response, 70_000);
        Read(_kernel.Progress(ProgressReason.Next), _kernel.Request(Get), _kernel.Response(Ok));

        Assert.Equal(["70000", "0"], _host.Spans.Select(span => span["http.response.body.size"]));
    }

    [Fact]
    public void The_end_of_the_connection_ends_what_is_open_and_gives_the_parser_back()
    {
        Read(_kernel.Request(Get), _kernel.Progress(ProgressReason.Closed));

        Assert.Equal("connection_closed", Span["error.type"]);
        Assert.Null(_host.Table.Find(7ul << (int)Limits.OrdinalBits));
        Assert.False(_host.Table.HasWork);
        Assert.Equal(0L, _host.Counters.Abandoned);
    }

    [Fact]
    public void A_connection_that_another_process_takes_over_is_that_processs_from_the_next_exchange_on()
    {
        Read(_kernel.Request(Get));
        _kernel.Pid = 200;
        Read(_kernel.Response(Ok), _kernel.Request(Get), _kernel.Response(Ok));

        Assert.Equal(["service-100", "service-200"], _host.Spans.Select(span => span.Service));
    }

    [Fact]
    public void A_role_that_turns_out_otherwise_holds_from_the_next_exchange_on()
    {
        // Older than Sonde and caught in the middle of a response: who speaks first seems to ask.
        _kernel.Role = Role.Client;
        _kernel.Protocol = 0;
        Read(_kernel.Request("the rest of some body"));
        _kernel.Role = Role.Server;
        _kernel.Protocol = 1;
        Read(_kernel.NextExchange().Request(Get), _kernel.Response(Ok));

        Assert.Equal((Telemetry.Spans.SpanKind.Server, "/cart"), (Span.Kind, Span["url.path"]));
    }

    [Fact]
    public void What_no_pattern_matched_is_kept_when_a_protocol_recognizes_it()
    {
        _kernel.Protocol = 0;
        Read(_kernel.Request("BREW /pot HTTP/1.1\r\nHost: kitchen\r\n\r\n"), _kernel.Response(Ok), _kernel.Request(Get), _kernel.Response(Ok));

        Assert.Equal((7ul, "http"), Assert.Single(_host.Kept));
        Assert.Equal(["/pot", "/cart"], _host.Spans.Select(span => span["url.path"]));
    }

    [Fact]
    public void What_nothing_recognizes_makes_no_span_and_no_failure()
    {
        _kernel.Protocol = 0;
        Read(_kernel.Request("\u0010\u0001\u0002"), _kernel.Response("\u0011"), _kernel.Progress(ProgressReason.Closed));

        Assert.Empty(_host.Spans);
        Assert.Equal((0L, 0L, false), (_host.Counters.ParseFailures, _host.Counters.Abandoned, _host.Table.HasWork));
    }

    [Fact]
    public void An_excluded_process_is_muted_at_its_first_record()
    {
        _host.Processes.Add(100, excluded: true);
        Read(_kernel.Request(Get), _kernel.Response(Ok), _kernel.Progress(ProgressReason.Closed));

        Assert.Equal([7ul], _host.Muted);
        Assert.Empty(_host.Spans);
    }

    [Fact]
    public void A_tunnel_is_muted_once_it_stands()
    {
        Read(
            _kernel.Request("GET /chat HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
            _kernel.Response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));

        Assert.Equal("101", Span["http.response.status_code"]);
        Assert.Equal([7ul], _host.Muted);
        Read(_kernel.Request(Get), _kernel.Response(Ok));
        _ = Span;
    }

    [Fact]
    public void A_silent_response_is_asked_about_once_until_it_moves_again()
    {
        Read(_kernel.Request(Get), _kernel.Response("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
        Assert.True(Connection.AwaitsEnd(_kernel.Now));
        Assert.False(Connection.AwaitsEnd(_kernel.Now - 1));
        Assert.False(Connection.IsQuietTold);

        _host.Table.AskIfQuiet(_kernel.Now - 1);
        Assert.False(Connection.IsQuietTold);
        _host.Table.AskIfQuiet(_kernel.Now);
        Assert.True(Connection.IsQuietTold);
        Read(_kernel.Response(", it says"));
        Assert.False(Connection.IsQuietTold);
        Read(_kernel.Progress(ProgressReason.Closed));
        Assert.Equal("22", Span["http.response.body.size"]);
    }

    [Fact]
    public void A_pooled_connection_knows_nothing_of_the_one_before()
    {
        _kernel.Family = AddressText.Unix;
        _kernel.Path = "/run/app.sock";
        Read(_kernel.Request(Get), _kernel.Response("HTTP/1.1 101 X\r\n\r\n"));
        Connection before = Connection;
        Read(_kernel.Progress(ProgressReason.Closed));

        var next = new Records(8) { Pid = 300 };
        foreach (byte[] record in new[] { next.Introduction(), next.Request("GET /next HTTP/1.0\r\n\r\n"), next.Response(Ok) })
        {
            _host.Delivery.Read(record);
        }

        Assert.Same(before, _host.Table.Find(8ul << (int)Limits.OrdinalBits));
        FinishedSpan span = _host.Spans[^1];
        Assert.Equal(("service-300", "/next", "127.0.0.1", "8080"), (span.Service, span["url.path"], span["server.address"], span["server.port"]));
    }
}
