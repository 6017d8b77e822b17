using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>Ends that the framing does not tell: pauses, closed connections, heads and bodies beyond the capture.</summary>
public sealed class HttpCompletionTests
{
    private const string Get = "GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private const string Events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static readonly string s_chunk = "400\r\n" + new string('x', 1024) + "\r\n";

    private readonly HttpProtocol _protocol = new(new HttpSettings());

    private static ulong At(int milliseconds) => (ulong)milliseconds * ConversationHarness.Millisecond;

    private ConversationHarness New(bool tellsUncaptured = true, bool tail = true) =>
        new(_protocol) { TellsUncaptured = tellsUncaptured, TailIsReadable = tail };

    [Theory]
    [InlineData("0\r\n\r\n", true)]
    [InlineData("0\r\n\r\n", false)]
    [InlineData("000\r\n\r\n", true)]
    public void A_pause_behind_the_last_chunk_ends_the_response(string lastChunk, bool tellsUncaptured)
    {
        ConversationHarness harness = New(tellsUncaptured).Request(Get).Response(Chunked + s_chunk).Response(s_chunk + lastChunk).Quiet();

        Assert.Equal(At(4), harness.Span.Ended);
        Assert.Null(harness.Span["error.type"]);
        Assert.Null(harness.Span["http.response.body.size"]);
    }

    [Fact]
    public void A_pause_within_a_chunked_response_ends_nothing()
    {
        ConversationHarness harness = New().Request(Get).Response(Chunked + s_chunk + s_chunk).Quiet();
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Response(s_chunk + "0\r\n\r\n").Quiet();

        Assert.Equal(At(1004), harness.Span.Ended);
    }

    [Fact]
    public void A_pause_ends_a_chunked_response_whose_last_bytes_cannot_be_read()
    {
        ConversationHarness harness = New(tail: false).Request(Get).Response(Chunked + s_chunk + s_chunk).Quiet();
        Assert.Equal(At(3), harness.Span.Ended);

        harness.Response(s_chunk).Quiet().Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_event_stream_is_one_request_until_its_connection_ends(bool tail)
    {
        ConversationHarness harness = New(tail: tail).Request(Get).Response(Events);
        for (int i = 0; i < 20; i++)
        {
            harness.Response("40\r\ndata: " + new string('x', 56) + "\n\n\r\n").Quiet();
        }

        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);
        harness.Close();

        Assert.Equal(At(19_023), harness.Span.Ended);
        Assert.Null(harness.Span["error.type"]);
    }

    [Fact]
    public void Trailers_end_a_response_that_announced_them()
    {
        string head = "HTTP/1.1 200 OK\r\nTrailer: Digest\r\nTransfer-Encoding: chunked\r\n\r\n";
        ConversationHarness harness = New().Request(Get).Response(head + s_chunk).Quiet();
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Response("0\r\nDigest: sha-256=abc\r\n\r\n").Quiet();

        Assert.Equal(At(1004), harness.Span.Ended);
    }

    [Fact]
    public void A_slow_answer_of_known_length_waits_for_all_of_it()
    {
        ConversationHarness harness = New(tellsUncaptured: false).Request(Get)
            .Response("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + new string('x', 1000)).Quiet()
            .Response(new string('x', 1000)).Quiet();
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Response(new string('x', 1000)).Quiet();

        Assert.Equal(At(2005), harness.Span.Ended);
        Assert.Equal("3000", harness.Span["http.response.body.size"]);
    }

    [Fact]
    public void A_response_that_has_not_begun_is_waited_for()
    {
        ConversationHarness harness = New().Request(Get).Quiet().Wait(5000).Quiet().Response(Ok);

        Assert.Equal(At(7003), harness.Span.Ended);
    }

    [Fact]
    public void The_next_request_ends_a_response_of_unknown_framing()
    {
        ConversationHarness harness = New(tail: false).Request(Get).Response(Chunked + s_chunk + s_chunk).Wait(10).Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal(At(3), harness.Spans[0].Ended);
    }

    [Fact]
    public void A_head_beyond_the_capture_is_used_as_far_as_it_is_known()
    {
        string cookie = "Cookie: " + new string('c', 5000);
        ConversationHarness harness = New()
            .Request($"GET /cart HTTP/1.1\r\nHost: shop\r\n{cookie}\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
            .Response(Ok).Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal("true", harness.Spans[0]["sonde.http.head.cut"]);
        Assert.Equal("/cart", harness.Spans[0]["url.path"]);
        Assert.Equal("10.0.0.2", harness.Spans[0]["client.address"]);
        Assert.Null(harness.Spans[1]["sonde.http.head.cut"]);
        Assert.Equal(1, _protocol.HeadsCut);
    }

    [Fact]
    public void A_request_line_beyond_the_capture_still_makes_a_span()
    {
        ConversationHarness harness = New().Request($"GET /{new string('a', 5000)} HTTP/1.1\r\n\r\n")
            .Response("HTTP/1.1 414 URI Too Long\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal("414", harness.Span["http.response.status_code"]);
        Assert.Equal("true", harness.Span["sonde.http.head.cut"]);
        Assert.Null(harness.Span["network.protocol.version"]);
    }

    [Fact]
    public void A_cut_response_head_gives_its_status_and_ends_at_a_pause_or_with_the_next_request()
    {
        string head = $"HTTP/1.1 503 No\r\nSet-Cookie: {new string('c', 600)}\r\nContent-Length: 2\r\n\r\nno";
        ConversationHarness quiet = New().Request(Get).Response(head).Quiet();
        Assert.Equal("503", quiet.Span["http.response.status_code"]);
        Assert.Equal(At(3), quiet.Span.Ended);
        Assert.Equal("true", quiet.Span["sonde.http.head.cut"]);

        ConversationHarness next = New().Request(Get).Response(head).Request(Get).Response(Ok);
        Assert.Equal(["503", "200"], next.Conversation.Completed.Select(span => span["http.response.status_code"]));
    }

    [Fact]
    public void A_cut_response_head_with_a_length_waits_for_at_least_that()
    {
        string head = $"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\nSet-Cookie: {new string('c', 600)}\r\n\r\n";
        ConversationHarness harness = New().Request(Get).Response(head + new string('x', 1000)).Quiet();
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Response(new string('x', 2000)).Quiet();

        Assert.Equal(At(1004), harness.Span.Ended);
        Assert.Equal("3000", harness.Span["http.response.body.size"]);
    }

    [Fact]
    public void A_connection_that_is_closed_before_the_response_is_an_error()
    {
        ConversationHarness harness = New().Request(Get).Wait(3000).Close();

        RecordedSpan span = harness.Span;
        Assert.Equal(At(3003), span.Ended);
        Assert.Equal("connection_closed", span["error.type"]);
        Assert.Equal(SpanStatus.Error, span.Data.Status);
        Assert.Null(span["http.response.status_code"]);
        Assert.Equal("GET /cart", span.Name);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\nabc", "200", "response_truncated")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "200", "response_truncated")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", "200", "response_truncated")]
    [InlineData("HTTP/1.1 500 OK\r\nContent-Length: 3000\r\n\r\nabc", "500", "500")]
    [InlineData("HTTP/1.1 2", null, "connection_closed")]
    public void A_response_that_is_cut_short_is_an_error(string response, string? status, string error)
    {
        ConversationHarness harness = New().Request(Get).Response(response).Close();

        Assert.Equal(status, harness.Span["http.response.status_code"]);
        Assert.Equal(error, harness.Span["error.type"]);
        Assert.Equal(At(4), harness.Span.Ended);
    }

    [Fact]
    public void A_chunked_response_beyond_the_capture_is_cut_short_when_its_last_bytes_say_so()
    {
        Assert.Equal("response_truncated", New().Request(Get).Response(Chunked + s_chunk).Close().Span["error.type"]);
        Assert.Null(New(tail: false).Request(Get).Response(Chunked + s_chunk).Close().Span["error.type"]);
        Assert.Null(New().Request(Get).Response(Chunked + s_chunk + "0\r\n\r\n").Close().Span["error.type"]);
    }

    [Fact]
    public void Of_a_request_that_only_began_there_is_a_span_if_its_line_is_whole()
    {
        Assert.Empty(New().Request("GET /cart HT").Close().Spans);

        RecordedSpan span = New().Request("GET /cart HTTP/1.1\r\nHost: sh").Close().Span;
        Assert.Equal("/cart", span["url.path"]);
        Assert.Equal("connection_closed", span["error.type"]);
        Assert.Equal(0ul, span.Received);
    }

    [Fact]
    public void A_request_may_be_answered_before_its_head_has_ended()
    {
        ConversationHarness harness = New().Request("GET /cart HTTP/1.1\r\nHost: sh")
            .Response("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").Close();

        Assert.Equal("408", harness.Span["http.response.status_code"]);
        Assert.Null(harness.Span["error.type"]);
    }

    [Fact]
    public void A_response_without_a_captured_byte_completes_the_request_without_a_status()
    {
        ConversationHarness harness = new ConversationHarness(_protocol) { ResponseCapture = 0 }.Request(Get).Response(Ok).Request(Get).Close();

        Assert.Equal([Outcome.Completed, Outcome.Completed], harness.Spans.Select(span => span.Outcome));
        Assert.Equal("true", harness.Spans[0]["sonde.http.response.unseen"]);
        Assert.Null(harness.Spans[0]["http.response.status_code"]);
    }

    [Fact]
    public void A_pipelined_response_is_read_where_a_call_begins_with_it_and_else_marked_unseen()
    {
        string longBody = "HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" + new string('x', 600);
        ConversationHarness harness = new ConversationHarness(_protocol).Request(Get + Get + Get)
            .Response(longBody + Ok + Ok).Quiet();

        Assert.Equal(3, harness.Conversation.Completed.Count());
        Assert.Equal(["200", null, null], harness.Spans.Select(span => span["http.response.status_code"]));
    }
}
