using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;
using static Sonde.Tracing.Tests.Protocols.Http2.FrameBuilder;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>Streams: when they begin, are answered and end, and what their spans say.</summary>
public sealed class Http2ParserTests
{
    private static readonly string[] s_get =
    [
        ":method: GET", ":scheme: http", ":path: /users/7?token=secret", ":authority: shop.example:8080", "user-agent: curl/8",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ];

    [Fact]
    public void A_request_is_a_span_from_its_headers_to_the_end_of_the_response()
    {
        FrameHarness harness = New().Request(Headers(1, end: true, s_get)).Wait(2).Response(Headers(1, end: false, ":status: 200", "content-length: 5")).Response(Data(1, end: true, "hello"));
        RecordedSpan span = harness.Span;
        Assert.Equal("GET /users/{id}", span.Name);
        Assert.Equal("GET", span["http.request.method"]);
        Assert.Equal("/users/7", span["url.path"]);
        Assert.Equal("token=REDACTED", span["url.query"]);
        Assert.Equal("http", span["url.scheme"]);
        Assert.Equal("/users/{id}", span["http.route"]);
        Assert.Equal("2", span["network.protocol.version"]);
        Assert.Equal("shop.example", span["server.address"]);
        Assert.Equal("8080", span["server.port"]);
        Assert.Equal("curl/8", span["user_agent.original"]);
        Assert.Equal("200", span["http.response.status_code"]);
        Assert.Equal("5", span["http.response.body.size"]);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", span.Context.TraceId.ToString());
        Assert.Equal(["http.request.method", "url.scheme", "network.protocol.version", "http.response.status_code", "http.route"], span.MetricKeys);
        Assert.Equal(span.Begun, span.Received);
        Assert.Equal(span.Begun + (3 * FrameHarness.Millisecond), span.Answering);
        Assert.Equal(span.Begun + (4 * FrameHarness.Millisecond), span.Ended);
    }

    [Fact]
    public void Answers_may_begin_before_the_request_is_whole_and_informational_ones_are_none()
    {
        FrameHarness harness = New()
            .Request(Headers(1, end: false, ":method: POST", ":scheme: http", ":path: /up", "content-length: 4"))
            .Response(Headers(1, end: false, ":status: 103"))
            .Request(Data(1, end: true, "body"))
            .Response(Headers(1, end: false, ":status: 201"))
            .Response(Headers(1, end: true, "x-checksum: 1"));
        RecordedSpan span = harness.Span;
        Assert.Equal("201", span["http.response.status_code"]);
        Assert.Equal("4", span["http.request.body.size"]);
        Assert.Equal(span.Begun + (2 * FrameHarness.Millisecond), span.Received);
        Assert.Equal(span.Begun + (3 * FrameHarness.Millisecond), span.Answering);
        Assert.Null(span["error.type"]);
    }

    [Fact]
    public void Blocks_in_parts_padded_and_with_priorities_are_one()
    {
        byte[] block = Block(s_get);
        byte[] first = Frame(FrameType.Headers, FrameFlags.Padded | FrameFlags.Priority | FrameFlags.EndStream, 1, [3, 0, 0, 0, 0, 16, .. block[..20], 0, 0, 0]);
        FrameHarness harness = New()
            .Request([.. first, .. Frame(FrameType.Continuation, 0, 1, block[20..50]), .. Frame(FrameType.Continuation, FrameFlags.EndHeaders, 1, block[50..])])
            .Response(Headers(1, end: true, ":status: 204"));
        Assert.Equal("/users/7", harness.Span["url.path"]);
        Assert.Equal(0, harness.Conversation.MalformedCount);
    }

    [Fact]
    public void A_block_beyond_the_capture_is_cut_and_what_the_table_had_is_unknown()
    {
        FrameHarness harness = New()
            .Request(Headers(1, end: true, ":method: GET", ":scheme: http", ":path: /a", "+:authority: shop", "cookie: " + new string('c', 9000), "user-agent: late"))
            .Response(Headers(1, end: true, ":status: 200"))
            .Request(Headers(3, end: true, ":method: GET", ":scheme: http", ":path: /b", "#62"))
            .Response(Headers(3, end: true, ":status: 200"));
        Assert.Equal(["/a", "/b"], harness.Spans.Select(span => span["url.path"]));
        Assert.Equal("true", harness.Spans[0]["sonde.http.head.cut"]);
        Assert.Null(harness.Spans[0]["user_agent.original"]);
        Assert.Equal("1", harness.Spans[1]["sonde.http.fields.unknown"]);
        Assert.Equal("10.0.0.1", harness.Spans[1]["server.address"]);
    }

    [Fact]
    public void A_path_that_is_not_known_is_said_to_be()
    {
        FrameHarness harness = New().Request(Headers(1, end: true, ":method: GET", ":scheme: http", "#70")).Response(Headers(1, end: true, ":status: 200"));
        Assert.Equal("GET (unknown)", harness.Span.Name);
        Assert.Equal("(unknown)", harness.Span["url.path"]);
        Assert.Null(harness.Span["http.route"]);
    }

    [Theory]
    [InlineData(8, "CANCEL")]
    [InlineData(7, "REFUSED_STREAM")]
    [InlineData(99, "_OTHER")]
    public void A_reset_ends_a_request(uint code, string error)
    {
        RecordedSpan span = New().Request(Headers(1, end: true, s_get)).Response(Reset(1, code)).Span;
        Assert.Equal(error, span["error.type"]);
        Assert.Equal(SpanStatus.Error, span.Data.Status);
        Assert.Null(span["http.response.status_code"]);
    }

    [Fact]
    public void Goaway_ends_the_requests_that_it_leaves_out_and_the_others_go_on()
    {
        FrameHarness harness = New()
            .Request([.. Headers(1, end: true, s_get), .. Headers(3, end: true, s_get)])
            .Response(GoAway(1))
            .Response(Headers(1, end: true, ":status: 200"));
        Assert.Equal([null, "goaway"], harness.Spans.Select(span => span["error.type"]));
        Assert.Equal(["200", null], harness.Spans.Select(span => span["http.response.status_code"]));
    }

    [Fact]
    public void The_end_of_the_connection_ends_all_that_is_open()
    {
        FrameHarness harness = New()
            .Request([.. Headers(1, end: true, s_get), .. Headers(3, end: true, s_get)])
            .Response(Headers(3, end: false, ":status: 200"))
            .Close();
        Assert.Equal(["connection_closed", "response_truncated"], harness.Spans.Select(span => span["error.type"]));
    }

    [Fact]
    public void Promised_responses_are_no_requests_and_keep_the_table_right()
    {
        FrameHarness harness = New()
            .Request(Headers(1, end: true, s_get))
            .Response([
                .. Frame(FrameType.PushPromise, FrameFlags.EndHeaders, 1, [0, 0, 0, 2, .. Block(":method: GET", ":path: /pushed", "+x-a: b", "+content-length: 7")]),
                .. Headers(2, end: true, ":status: 200"), .. Headers(1, end: false, ":status: 200", "#62"), .. Data(1, end: true, "7 bytes")]);
        Assert.Equal("/users/7", harness.Span["url.path"]);
        Assert.Equal("7", harness.Span["http.response.body.size"]);
    }

    [Fact]
    public void A_tunnel_is_over_when_it_is_open()
    {
        RecordedSpan span = New().Request(Headers(1, end: false, ":method: CONNECT", ":authority: db.example:5432")).Response(Headers(1, end: false, ":status: 200")).Span;
        Assert.Equal("CONNECT", span.Name);
        Assert.Equal("db.example", span["server.address"]);
    }

    [Fact]
    public void Thousands_of_streams_at_once_are_told_apart()
    {
        FrameHarness harness = New();
        const int count = 5000;
        for (uint i = 0; i < count; i++)
        {
            harness.Request(Headers((2 * i) + 1, end: true, ":method: GET", ":scheme: http", $":path: /files/{i}"));
        }

        for (uint i = count; i-- > 0;)
        {
            harness.Response(Headers((2 * i) + 1, end: true, $":status: {200 + (i % 300)}"));
        }

        Assert.Equal(count, harness.Conversation.Completed.Count());
        Assert.All(harness.Spans.Select((span, i) => (span, i)), each =>
            Assert.Equal(($"/files/{each.i}", $"{200 + (each.i % 300)}"), (each.span["url.path"], each.span["http.response.status_code"])));
    }

    [Fact]
    public void More_streams_than_anybody_has_are_counted_and_left_out()
    {
        var protocol = new Http2Protocol(new HttpProtocol(new HttpSettings()));
        FrameHarness harness = new(protocol);
        harness.Request(Preface);
        for (uint i = 0; i <= StreamTable.Capacity; i++)
        {
            harness.Request(Headers((2 * i) + 1, end: true, s_get));
        }

        Assert.Equal(StreamTable.Capacity, harness.Spans.Count);
        Assert.Equal(1, protocol.StreamsRefused);
    }

    [Fact]
    public void What_was_lost_of_responses_gives_requests_up_and_later_ones_are_told()
    {
        FrameHarness harness = New().Request(Headers(1, end: true, s_get)).LosePlace(Sonde.Tracing.Protocols.Side.Response)
            .Request(Headers(3, end: true, s_get)).Response(Headers(3, end: true, ":status: 200"));
        Assert.Equal([Outcome.Abandoned, Outcome.Completed], harness.Spans.Select(span => span.Outcome));
    }

    [Fact]
    public void Requests_whose_responses_cannot_be_seen_are_given_up_and_never_said_to_have_failed()
    {
        FrameHarness harness = New().Request(Headers(1, end: true, s_get)).LosePlace(Sonde.Tracing.Protocols.Side.Response)
            .Request([.. Headers(3, end: true, s_get), .. Headers(5, end: true, s_get)]).Response(Headers(5, end: true, ":status: 200"))
            .Request(Headers(7, end: true, s_get)).LosePlace(Sonde.Tracing.Protocols.Side.Response).Request(Headers(9, end: true, s_get)).Close();
        Assert.Equal([Outcome.Abandoned, Outcome.Abandoned, Outcome.Completed, Outcome.Abandoned, Outcome.Abandoned], harness.Spans.Select(span => span.Outcome));
    }

    [Fact]
    public void A_part_of_a_block_out_of_place_is_malformed_and_makes_the_table_unknown()
    {
        FrameHarness harness = New()
            .Request(Headers(1, end: true, [.. s_get, "+user-agent: a"]))
            .Request(Frame(FrameType.Continuation, FrameFlags.EndHeaders, 1, Block("x: y")))
            .Request(Headers(3, end: true, [.. s_get[..4], "#62"]))
            .Response(Headers(3, end: true, ":status: 200"));
        Assert.Equal(1, harness.Conversation.MalformedCount);
        Assert.Null(harness.Spans[1]["user_agent.original"]);
    }

    [Fact]
    public void Any_split_of_the_same_bytes_gives_the_same_answer() =>
        Gen.Int[1, 60].Array[1, 20].Sample(sizes =>
        {
            int next = 0;
            Assert.Equal(Play(left => left), Play(_ => sizes[next++ % sizes.Length]));
        }, iter: 100);

    [Fact]
    public void Random_frames_never_throw_and_give_back_every_span() =>
        Gen.Select(Gen.Int[0, 10], Gen.Byte, Gen.UInt[0, 9], Gen.Byte.Array[0, 60], Gen.Bool).Array[0, 40].Sample(frames =>
        {
            FrameHarness harness = New();
            foreach ((int type, byte flags, uint stream, byte[] payload, bool isRequest) in frames)
            {
                byte[] frame = Frame((FrameType)type, (FrameFlags)flags, stream, payload);
                _ = isRequest ? harness.Request(frame) : harness.Response(frame);
                if (type == 10)
                {
                    harness.Request(Headers(stream, end: false, s_get));
                }
            }

            harness.Close();
            Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
        }, iter: 2000);

    private static string Play(Func<int, int> split)
    {
        FrameHarness harness = New(split)
            .Request([.. Headers(1, end: true, [.. s_get, "+x-a: b"]), .. Headers(3, end: false, ":method: POST", ":scheme: http", ":path: /b", "#62")])
            .Response([.. Headers(3, end: false, ":status: 200"), .. Data(3, end: false, "some"), .. Headers(1, end: true, ":status: 404")])
            .Request([.. Data(3, end: true, new string('b', 500)), .. Headers(5, end: true, s_get), .. Reset(5, 8)])
            .Response([.. Data(3, end: true, "thing"), .. GoAway(3)])
            .Close();
        return harness.Conversation.ToString();
    }

    private static FrameHarness New(Func<int, int>? split = null) =>
        new FrameHarness(new Http2Protocol(new HttpProtocol(new HttpSettings()))) { Split = split ?? (left => left) }.Request(Preface);
}
