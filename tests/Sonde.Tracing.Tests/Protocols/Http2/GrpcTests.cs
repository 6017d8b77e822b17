using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;
using static Sonde.Tracing.Tests.Protocols.Http2.FrameBuilder;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>Calls of gRPC: their names, statuses and ends, in HTTP/2 and HTTP/1.1.</summary>
public sealed class GrpcTests
{
    private static readonly string[] s_call =
        [":method: POST", ":scheme: http", ":path: /sonde.test.Shop/Buy", ":authority: shop.example:8080", "content-type: application/grpc+proto", "te: trailers"];

    [Theory]
    [InlineData(SpanKind.Server)]
    [InlineData(SpanKind.Client)]
    public void A_call_is_named_by_its_method(SpanKind role)
    {
        RecordedSpan span = Answer(New(role), "grpc-status: 0").Span;
        Assert.Equal("sonde.test.Shop/Buy", span.Name);
        Assert.Equal("grpc", span["rpc.system.name"]);
        Assert.Equal("sonde.test.Shop/Buy", span["rpc.method"]);
        Assert.Equal("OK", span["rpc.response.status_code"]);
        Assert.Equal("shop.example", span["server.address"]);
        Assert.Equal("8080", span["server.port"]);
        Assert.Equal(role == SpanKind.Server ? "rpc.server.call.duration" : "rpc.client.call.duration", span.Data.Instrument?.Name);
        Assert.Equal(
            role == SpanKind.Server ? ["rpc.system.name", "rpc.method", "rpc.response.status_code"]
                : ["rpc.system.name", "rpc.method", "server.address", "server.port", "rpc.response.status_code"],
            span.MetricKeys);
        Assert.DoesNotContain(span.Keys, key => key.StartsWith("http.", StringComparison.Ordinal) || key.StartsWith("url.", StringComparison.Ordinal));
        Assert.Null(span["error.type"]);
    }

    [Theory]
    [InlineData(SpanKind.Server, 5, "NOT_FOUND", null)]
    [InlineData(SpanKind.Client, 5, "NOT_FOUND", "NOT_FOUND")]
    [InlineData(SpanKind.Server, 13, "INTERNAL", "INTERNAL")]
    [InlineData(SpanKind.Server, 12, "UNIMPLEMENTED", "UNIMPLEMENTED")]
    [InlineData(SpanKind.Server, 1, "CANCELLED", null)]
    [InlineData(SpanKind.Client, 1, "CANCELLED", "CANCELLED")]
    [InlineData(SpanKind.Client, 77, "UNKNOWN", "UNKNOWN")]
    public void A_status_is_an_error_for_those_whose_it_is(SpanKind role, int status, string name, string? error)
    {
        RecordedSpan span = Answer(New(role), $"grpc-status: {status}").Span;
        Assert.Equal(name, span["rpc.response.status_code"]);
        Assert.Equal(error, span["error.type"]);
        Assert.Equal(error is null ? SpanStatus.Unset : SpanStatus.Error, span.Data.Status);
    }

    [Fact]
    public void An_answer_of_trailers_alone_has_its_status()
    {
        RecordedSpan span = New().Request(Headers(1, end: true, s_call)).Response(Headers(1, end: true, ":status: 200", "content-type: application/grpc", "grpc-status: 7")).Span;
        Assert.Equal("PERMISSION_DENIED", span["rpc.response.status_code"]);
    }

    [Theory]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(404, "UNIMPLEMENTED")]
    [InlineData(418, "UNKNOWN")]
    public void An_answer_that_is_none_of_gRPC_has_the_status_that_clients_make_of_it(int http, string status)
    {
        RecordedSpan span = New().Request(Headers(1, end: true, s_call)).Response(Headers(1, end: true, $":status: {http}", "content-type: text/html")).Span;
        Assert.Equal(status, span["rpc.response.status_code"]);
    }

    [Theory]
    [InlineData("100m", 120, "DEADLINE_EXCEEDED")]
    [InlineData("100m", 40, "CANCELLED")]
    [InlineData("1S", 120, "CANCELLED")]
    [InlineData("", 120, "CANCELLED")]
    public void A_call_that_its_client_gives_up_is_cancelled_or_out_of_time(string timeout, ulong wait, string status)
    {
        string[] call = timeout.Length == 0 ? s_call : [.. s_call, $"grpc-timeout: {timeout}"];
        RecordedSpan span = New(SpanKind.Client).Request(Headers(1, end: true, call)).Wait(wait).Request(Reset(1, 8)).Span;
        Assert.Equal(status, span["rpc.response.status_code"]);
        Assert.Equal(status, span["error.type"]);
    }

    [Fact]
    public void A_stream_that_the_server_resets_has_the_status_that_the_specification_says()
    {
        Assert.Equal("UNAVAILABLE", New().Request(Headers(1, end: true, s_call)).Response(Reset(1, 7)).Span["rpc.response.status_code"]);
        Assert.Equal("RESOURCE_EXHAUSTED", New().Request(Headers(1, end: true, s_call)).Response(Reset(1, 11)).Span["rpc.response.status_code"]);
    }

    [Fact]
    public void A_status_that_was_not_seen_is_not_told()
    {
        RecordedSpan span = Answer(New(), "#70").Span;
        Assert.Null(span["rpc.response.status_code"]);
        Assert.Null(span["error.type"]);
        Assert.Equal("1", span["sonde.http.fields.unknown"]);
    }

    [Theory]
    [InlineData("content-type: application/grpc", "grpc-status: 0", "rpc.server.call.duration")]
    [InlineData("#71", "grpc-status: 0", "rpc.server.call.duration")]
    [InlineData("#71", "#72", "rpc.server.call.duration")]
    [InlineData("content-type: text/html", null, "http.server.request.duration")]
    [InlineData("#71", null, "http.server.request.duration")]
    public void A_request_of_an_unknown_kind_is_what_its_answer_says(string type, string? trailer, string instrument)
    {
        FrameHarness harness = New()
            .Request(Headers(1, end: true, ":method: POST", ":scheme: http", "#70", "#71"))
            .Response(Headers(1, end: false, ":status: 200", type));
        RecordedSpan span = (trailer is null ? harness.Response(Data(1, end: true, "x")) : harness.Response(Headers(1, end: true, trailer))).Span;
        Assert.Equal(instrument, span.Data.Instrument?.Name);
        Assert.Equal(trailer is null ? "POST (unknown)" : "(unknown)", span.Name);
    }

    [Theory]
    [InlineData(CallKinds.Http, "http.server.request.duration")]
    [InlineData(CallKinds.Grpc, "rpc.server.call.duration")]
    public void Only_what_is_asked_for_is_told(CallKinds asked, string instrument)
    {
        FrameHarness harness = New(SpanKind.Server, asked)
            .Request([.. Headers(1, end: true, s_call), .. Headers(3, end: true, ":method: GET", ":scheme: http", ":path: /")])
            .Response([.. Headers(1, end: true, ":status: 200", "grpc-status: 0"), .. Headers(3, end: true, ":status: 200")]);
        Assert.Equal(instrument, harness.Span.Data.Instrument?.Name);
    }

    [Theory]
    [InlineData(CallKinds.Http, "POST /sonde.test.Shop/Buy")]
    [InlineData(CallKinds.Http | CallKinds.Grpc, "sonde.test.Shop/Buy")]
    public void GRPC_Web_is_HTTP_where_gRPC_is_not_asked_for(CallKinds asked, string name)
    {
        string[] call = [.. s_call[..4], "content-type: application/grpc-web-text"];
        RecordedSpan span = New(SpanKind.Server, asked).Request(Headers(1, end: true, call)).Response(Headers(1, end: false, ":status: 200")).Response(Data(1, end: true, "AAAA")).Span;
        Assert.Equal(name, span.Name);
        Assert.Null(span["rpc.response.status_code"]);
    }

    [Theory]
    [InlineData(CallKinds.Http, "POST /sonde.test.Shop/Buy", null)]
    [InlineData(CallKinds.Http | CallKinds.Grpc, "sonde.test.Shop/Buy", "NOT_FOUND")]
    public void GRPC_Web_over_HTTP_1_is_told_alike(CallKinds asked, string name, string? status)
    {
        RecordedSpan span = new ConversationHarness(new HttpProtocol(new HttpSettings { Calls = asked }))
            .Request("POST /sonde.test.Shop/Buy HTTP/1.1\r\nHost: shop\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n\r\n12345")
            .Response("HTTP/1.1 200 OK\r\nContent-Type: application/grpc-web+proto\r\ngrpc-status: 5\r\nContent-Length: 0\r\n\r\n").Span;
        Assert.Equal(name, span.Name);
        Assert.Equal(status, span["rpc.response.status_code"]);
    }

    private static FrameHarness Answer(FrameHarness harness, string trailer) => harness
        .Request([.. Headers(1, end: false, s_call), .. Data(1, end: true, "message")])
        .Response([.. Headers(1, end: false, ":status: 200", "content-type: application/grpc"), .. Data(1, end: false, "message"), .. Headers(1, end: true, trailer)]);

    private static FrameHarness New(SpanKind role = SpanKind.Server, CallKinds asked = CallKinds.Http | CallKinds.Grpc) =>
        new FrameHarness(new Http2Protocol(new HttpProtocol(new HttpSettings { Calls = asked })), new RecordingConversation { Role = role }).Request(Preface);
}
