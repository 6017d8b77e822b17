using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>What is not quite HTTP, or not at all.</summary>
public sealed class HttpMalformedTests
{
    private const string Get = "GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly HttpProtocol _protocol = new(new HttpSettings());

    private ConversationHarness New() => new(_protocol);

    [Theory]
    [InlineData("\r\n\r\nGET /cart HTTP/1.1\r\nHost: shop\r\n\r\n")]
    [InlineData("GET /cart HTTP/1.1\nHost: shop\n\n")]
    [InlineData("GET /cart HTTP/1.1\r\nHost: shop\n\r\n")]
    [InlineData("GET /cart HTTP/1.1 \t\r\nHOST:shop\t \r\n\r\n")]
    [InlineData("GET /cart HTTP/1.1\r\nX-Long: one\r\n two\r\n\tthree\r\nHost: shop\r\n\r\n")]
    public void Leniencies_of_RFC_9112_are_granted(string request)
    {
        ConversationHarness harness = New().Request(request).Response(Ok);

        Assert.Equal("/cart", harness.Span["url.path"]);
        Assert.Equal("shop", harness.Span["server.address"]);
        Assert.Equal(0, harness.Conversation.MalformedCount);
    }

    [Theory]
    [InlineData("GET /cart\r\n")]
    [InlineData("GET /cart HTTP/2.0\r\n\r\n")]
    [InlineData("GET  HTTP/1.1\r\n\r\n")]
    [InlineData("GET /a b HTTP/1.1\r\n\r\n")]
    [InlineData("GET /cart RTSP/1.0\r\nCSeq: 1\r\n\r\n")]
    [InlineData("GET /cart HTTP/1.1\r\nHost : shop\r\n\r\n")]
    [InlineData("GET /cart HTTP/1.1\r\nno field\r\n\r\n")]
    [InlineData("GET /\u0000 HTTP/1.1\r\n\r\n")]
    public void What_begins_like_a_request_and_is_none_is_counted(string request)
    {
        ConversationHarness harness = New().Request(request).Response("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .Request(Get).Response(Ok);

        Assert.Equal("200", harness.Span["http.response.status_code"]);
        Assert.Equal(1, harness.Conversation.MalformedCount);
    }

    [Fact]
    public void Garbage_where_a_request_had_to_begin_is_counted_once()
    {
        ConversationHarness harness = New().Request(Get).Response(Ok);
        for (int i = 0; i < 3; i++)
        {
            harness.Request("\u0001\u0002\u0003").Response("\u0004");
        }

        harness.Request(Get).Response(Ok).Close();

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal(1, harness.Conversation.MalformedCount);
    }

    [Fact]
    public void A_server_that_speaks_first_is_counted_once()
    {
        ConversationHarness harness = New().Response("220 mail.example ESMTP\r\n").Request("EHLO me\r\n").Response("250 hello\r\n").Close();

        Assert.Empty(harness.Spans);
        Assert.Equal(1, harness.Conversation.MalformedCount);
    }

    [Theory]
    [InlineData("Content-Length: 4\r\nContent-Length: 4", "4")]
    [InlineData("Content-Length: 4, 4", "4")]
    [InlineData("Content-Length: 9\r\nTransfer-Encoding: chunked", null)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 9", null)]
    public void Repeated_framing_that_agrees_is_obeyed_and_an_encoding_overrides_a_length(string fields, string? size)
    {
        ConversationHarness harness = New().Request($"POST / HTTP/1.1\r\n{fields}\r\n\r\n" + (size is null ? "2\r\nab\r\n0\r\n\r\n" : "abcd") + Get)
            .Response(Ok + Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
        Assert.Equal(size ?? "2", harness.Spans[0]["http.request.body.size"]);
    }

    [Theory]
    [InlineData("Content-Length: 4\r\nContent-Length: 5")]
    [InlineData("Content-Length: +4")]
    [InlineData("Content-Length: 99999999999999999999999")]
    [InlineData("Content-Length:\r\n 4")]
    [InlineData("Transfer-Encoding: chunked, gzip")]
    public void A_request_whose_framing_makes_no_sense_is_told_with_its_answer(string fields)
    {
        ConversationHarness harness = New().Request($"POST / HTTP/1.1\r\n{fields}\r\n\r\nabcd")
            .Response("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").Request(Get).Response(Ok);

        Assert.Equal(["400", "200"], harness.Conversation.Completed.Select(span => span["http.response.status_code"]));
        Assert.Null(harness.Spans[0]["http.request.body.size"]);
    }

    [Theory]
    [InlineData("zz\r\nab\r\n0\r\n\r\n")]
    [InlineData("2\r\nabc\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffffff\r\nab")]
    [InlineData("\r\n")]
    public void A_chunked_body_that_is_none_loses_the_place_until_the_next_exchange(string body)
    {
        ConversationHarness harness = New().Request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
            .Response(Ok).Request(Get).Response(Ok);

        Assert.Equal(2, harness.Conversation.Completed.Count());
    }

    [Fact]
    public void The_protocol_recognizes_what_no_pattern_matches()
    {
        Assert.True(_protocol.Recognizes("PROPFIND /dav HTTP/1.1\r\n"u8, default));
        Assert.True(_protocol.Recognizes(default, "HTTP/1.0 200 OK\r\n"u8));
        Assert.False(_protocol.Recognizes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, default));
        Assert.False(_protocol.Recognizes("EHLO me\r\n"u8, "250 hello\r\n"u8));
        Assert.False(_protocol.Recognizes(default, default));
    }
}
