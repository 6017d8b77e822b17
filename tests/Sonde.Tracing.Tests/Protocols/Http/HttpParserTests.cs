using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>Which requests there are, which response belongs to which, and when each is over.</summary>
public sealed class HttpParserTests
{
    private const string Get = "GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static ConversationHarness New(bool tellsUncaptured = true, bool tail = true, SpanKind role = SpanKind.Server) =>
        new(new HttpProtocol(new HttpSettings()), new RecordingConversation { Role = role })
        {
            TellsUncaptured = tellsUncaptured,
            TailIsReadable = tail,
        };

    private static ulong At(int milliseconds) => (ulong)milliseconds * ConversationHarness.Millisecond;

    [Fact]
    public void A_request_is_over_with_the_last_byte_of_its_response()
    {
        ConversationHarness harness = New().Request(Get).Response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Response("llo");

        RecordedSpan span = harness.Span;
        Assert.Equal((At(2), At(2), At(3), At(4)), (span.Begun, span.Received, span.Answering, span.Ended));
        Assert.Equal("200", span["http.response.status_code"]);
        Assert.Equal("5", span["http.response.body.size"]);
        Assert.Null(span["http.request.body.size"]);
        Assert.Equal(SpanStatus.Unset, span.Data.Status);
    }

    [Fact]
    public void A_request_begins_with_its_first_byte_and_thread_and_ends_with_the_last()
    {
        ConversationHarness harness = New();
        harness.ThreadId = 1;
        harness.Request("POST / HTTP/1.1\r\nConte");
        harness.ThreadId = 2;
        harness.Request("nt-Length: 4\r\n\r\n12");
        harness.ThreadId = 3;
        harness.Request("34");
        harness.ThreadId = 4;
        harness.Response(Ok);

        RecordedSpan span = harness.Span;
        Assert.Equal((At(2), 1u), (span.Begun, span.ThreadId));
        Assert.Equal((At(4), 3u), (span.Received, span.ReceivedThreadId));
        Assert.Equal((At(5), 4u), (span.Answering, span.AnsweringThreadId));
        Assert.Equal("4", span["http.request.body.size"]);
    }

    [Fact]
    public void Keep_alive_makes_a_span_of_each_exchange()
    {
        ConversationHarness harness = New();
        for (int i = 0; i < 5; i++)
        {
            harness.Request(Get).Response(Ok);
        }

        Assert.Equal(5, harness.Conversation.Completed.Count());
        Assert.Equal(5, harness.Spans.Select(span => span.Exchange).Distinct().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pipelined_requests_are_answered_in_their_order(bool together)
    {
        ConversationHarness harness = New()
            .Request("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
        string[] responses =
        [
            "HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 202 B\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.1 203 C\r\nContent-Length: 1\r\n\r\n!",
        ];
        if (together)
        {
            harness.Response(string.Concat(responses));
        }
        else
        {
            Array.ForEach(responses, response => harness.Response(response));
        }

        Assert.Equal(["/1 201", "/2 202", "/3 203"], harness.Conversation.Completed.Select(
            span => $"{span["url.path"]} {span["http.response.status_code"]}"));
    }

    [Fact]
    public void Pipelined_requests_may_be_answered_in_several_exchanges_and_cut_within_a_head()
    {
        ConversationHarness harness = New()
            .Request("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nHo")
            .Response("HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n")
            .Request("st: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\n")
            .Response("HTTP/1.1 202 B\r\nContent-Length: 4\r\n\r\n12")
            .Request("GET /4 HTTP/1.1\r\n\r\n")
            .Response("34HTTP/1.1 203 C\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 D\r\n\r\n");

        Assert.Equal(["/1 201", "/2 202", "/3 203", "/4 204"], harness.Conversation.Completed.Select(
            span => $"{span["url.path"]} {span["http.response.status_code"]}"));
        Assert.Equal(harness.Spans[0].Exchange, harness.Spans[1].Exchange);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_100_continue_is_no_answer(bool tellsUncaptured)
    {
        ConversationHarness harness = New(tellsUncaptured)
            .Request("PUT /file HTTP/1.1\r\nContent-Length: 9000\r\nExpect: 100-continue\r\n\r\n")
            .Response("HTTP/1.1 100 Continue\r\n\r\n")
            .Request(new byte[5000])
            .Request(new byte[4000])
            .Response("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");

        RecordedSpan span = harness.Span;
        Assert.Equal((At(2), At(6), At(6)), (span.Begun, span.Answering, span.Ended));
        Assert.Equal("201", span["http.response.status_code"]);
        if (tellsUncaptured)
        {
            Assert.Equal("9000", span["http.request.body.size"]);
            Assert.Equal(At(5), span.Received);
        }
    }

    [Fact]
    public void A_request_may_come_instead_of_the_body_that_was_refused()
    {
        ConversationHarness harness = New()
            .Request("PUT /file HTTP/1.1\r\nContent-Length: 9000\r\nExpect: 100-continue\r\n\r\n")
            .Response("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
            .Request(Get)
            .Response(Ok);

        Assert.Equal(["417", "200"], harness.Conversation.Completed.Select(span => span["http.response.status_code"]));
    }

    [Fact]
    public void Informational_responses_go_before_the_final_one()
    {
        ConversationHarness harness = New().Request(Get)
            .Response("HTTP/1.1 102 Processing\r\n\r\n")
            .Response("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
            .Response(Ok);

        Assert.Equal(At(5), harness.Span.Answering);
        Assert.Equal("200", harness.Span["http.response.status_code"]);
    }

    [Theory]
    [InlineData("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n", "HTTP/1.1 200 Connected\r\nContent-Length: 5\r\n\r\n")]
    public void What_follows_an_upgrade_or_a_tunnel_is_ignored(string request, string response)
    {
        ConversationHarness harness = New().Request(request).Response(response + "\u0081\u0005hello");
        Assert.True(harness.Conversation.IsMuted);

        harness.Request(Get).Response(Ok).Close();

        Assert.Equal(At(3), harness.Span.Ended);
        Assert.Equal(0, harness.Conversation.MalformedCount);
    }

    [Fact]
    public void A_refused_tunnel_leaves_the_conversation_as_it_was()
    {
        ConversationHarness harness = New().Request("CONNECT db:5432 HTTP/1.1\r\n\r\n")
            .Response("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.False(harness.Conversation.IsMuted);
    }

    [Theory]
    [InlineData("Content-Length: 6000", false)]
    [InlineData("Content-Length: 6000", true)]
    [InlineData("Transfer-Encoding: chunked", true)]
    public void The_rest_of_a_body_after_an_early_answer_is_no_request(string framing, bool tellsUncaptured)
    {
        string body = string.Concat(Enumerable.Repeat("GET /no HTTP/1.1\r\n\r\n", 300));
        body = framing.StartsWith('T') ? $"1770\r\n{body}\r\n0\r\n\r\n" : body;
        ConversationHarness harness = New(tellsUncaptured)
            .Request($"POST /upload HTTP/1.1\r\n{framing}\r\n\r\n{body[..1006]}")
            .Response("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            .Request(body[1006..])
            .Close();

        Assert.Equal("413", harness.Span["http.response.status_code"]);
        Assert.Equal(framing.StartsWith('T') ? "1000" : "1006", harness.Span["http.request.body.size"]);
        Assert.Equal(0, harness.Conversation.MalformedCount);
    }

    [Fact]
    public void A_request_right_behind_the_rest_of_a_refused_body_is_found()
    {
        ConversationHarness harness = New()
            .Request("POST /upload HTTP/1.1\r\nContent-Length: 3000\r\n\r\n" + new string('x', 1000))
            .Response("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            .Request(new string('x', 2000) + Get)
            .Response(Ok);

        Assert.Equal(["413", "200"], harness.Conversation.Completed.Select(span => span["http.response.status_code"]));
    }

    [Theory]
    [InlineData("HEAD", "200 OK\r\nContent-Length: 1000")]
    [InlineData("HEAD", "200 OK\r\nTransfer-Encoding: chunked")]
    [InlineData("GET", "204 No Content")]
    [InlineData("GET", "304 Not Modified\r\nContent-Length: 1000")]
    public void Responses_without_a_body_end_with_their_head(string method, string head)
    {
        ConversationHarness harness = New().Request($"{method} / HTTP/1.1\r\n\r\n").Response($"HTTP/1.1 {head}\r\n\r\n");

        Assert.Equal("0", harness.Span["http.response.body.size"]);
        Assert.Equal(2, harness.Request(Get).Response(Ok).Conversation.Completed.Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_long_body_is_passed_over_by_its_length(bool tellsUncaptured)
    {
        ConversationHarness harness = New(tellsUncaptured)
            .Request("POST /a HTTP/1.1\r\nContent-Length: 100000\r\n\r\n").Request(new byte[50_000]).Request(new byte[50_000])
            .Response("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n").Response(new byte[100_000]).Response(new byte[100_000]);
        Assert.Equal(tellsUncaptured ? Outcome.Completed : Outcome.Open, harness.Spans[0].Outcome);

        harness.Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal("200000", harness.Spans[0]["http.response.body.size"]);
        Assert.Equal("100000", harness.Spans[0]["http.request.body.size"]);
        Assert.Equal(At(7), harness.Spans[0].Ended);
    }

    [Fact]
    public void A_chunked_body_within_the_capture_is_followed()
    {
        ConversationHarness harness = New()
            .Request("POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n")
            .Response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n0\r\nDigest: x\r\n\r\n");

        Assert.Equal("5", harness.Span["http.request.body.size"]);
        Assert.Equal("13", harness.Span["http.response.body.size"]);
    }

    [Fact]
    public void A_chunked_request_body_beyond_the_capture_is_over_when_the_response_begins()
    {
        string chunk = "400\r\n" + new string('x', 1024) + "\r\n";
        ConversationHarness harness = New().Request("POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 10; i++)
        {
            harness.Request(chunk);
        }

        harness.Request("0\r\n\r\n").Response(Ok).Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal(At(14), harness.Spans[0].Received);
        Assert.Null(harness.Spans[0]["http.request.body.size"]);
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")]
    public void A_body_without_framing_ends_with_the_connection(string head)
    {
        ConversationHarness harness = New().Request("GET / HTTP/1.0\r\n\r\n").Response(head).Response(new string('x', 3000)).Quiet();
        Assert.Equal(Outcome.Open, harness.Spans[0].Outcome);

        harness.Close();

        Assert.Equal(At(4), harness.Span.Ended);
        Assert.Equal("3000", harness.Span["http.response.body.size"]);
        Assert.Null(harness.Span["error.type"]);
    }

    [Fact]
    public void A_late_join_waits_for_the_next_request()
    {
        Assert.Equal("200", New().Response("HTTP/1.1 500 No\r\n\r\n").Request(Get).Response(Ok).Span["http.response.status_code"]);

        ConversationHarness inBody = New().Request("some bytes of a body\r\nmore").Response(Ok).Request(Get).Response(Ok);
        Assert.Equal(0, inBody.Conversation.MalformedCount);
        Assert.Equal(At(4), inBody.Span.Begun);
    }

    [Fact]
    public void What_is_open_when_records_are_lost_is_abandoned()
    {
        ConversationHarness harness = New().Request(Get).Lose().Response(Ok).Request(Get).Response(Ok);

        Assert.Equal([Outcome.Abandoned, Outcome.Completed], harness.Spans.Select(span => span.Outcome));
        Assert.Equal(At(4), harness.Spans[1].Begun);
    }

    [Fact]
    public void A_parser_is_as_new_for_the_next_connection()
    {
        var parser = new HttpProtocol(new HttpSettings()).CreateParser();
        var first = new ConversationHarness(parser).Request(Get + "GET /half").Response("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1");
        var second = new ConversationHarness(parser).Request(Get).Response(Ok);

        Assert.Equal(Outcome.Abandoned, Assert.Single(first.Spans).Outcome);
        Assert.Equal("/cart", second.Span["url.path"]);
    }

    [Fact]
    public void More_unanswered_requests_than_anybody_pipelines_are_given_up()
    {
        var harness = new ConversationHarness(new HttpProtocol(new HttpSettings())) { RequestCapture = 10_000 };
        for (int i = 0; i < 200; i++)
        {
            harness.Request(Get);
        }

        Assert.Equal(128, harness.Spans.Count(span => span.Outcome == Outcome.Abandoned));
        Assert.Equal(128, harness.Spans.Count);
        harness.Response(Ok).Request(Get).Response(Ok);
        Assert.Single(harness.Conversation.Completed);
    }

    [Fact]
    public void A_response_that_is_none_is_counted_and_gives_the_request_up()
    {
        ConversationHarness harness = New().Request(Get).Response("\u0015\u0003\u0001 nonsense").Request(Get).Response(Ok);

        Assert.Equal([Outcome.Abandoned, Outcome.Completed], harness.Spans.Select(span => span.Outcome));
        Assert.Equal(1, harness.Conversation.MalformedCount);
    }
}
