using System.Net.WebSockets;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>What HTTP/1.1 allows and few clients do, against real servers.</summary>
public sealed class HttpTests(SharedAgent agent)
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData(Runtime.Nginx)]
    [InlineData(Runtime.Python)]
    [InlineData(Runtime.Node)]
    [InlineData(Runtime.Go)]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "requests in pieces")]
    public async Task A_request_fed_byte_by_byte_is_one_span(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(runtime);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        for (int i = 0; i < 3; i++)
        {
            await connection.SendSlowlyAsync($"GET /hello HTTP/1.1\r\n{connection.Host}traceparent: {TraceParent}\r\n\r\n", 1);
            Assert.Equal((200, 6), await connection.ReadResponseAsync());
        }

        Assert.All(await sonde.ServedAsync(server.Port, 3), span =>
        {
            Assert.Equal(("GET", "/hello", 200, 6), (span.Method, span.Path, span.StatusCode, span.ResponseSize));
            Assert.Equal(TraceId, span.TraceId);
        });
    }

    [Fact]
    public async Task A_head_of_64_KiB_is_one_span()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        for (int i = 0; i < 3; i++)
        {
            await connection.SendAsync($"POST /echo HTTP/1.1\r\n{connection.Host}Content-Length: 5\r\nX-Fill: {new string('x', 64 * 1024)}\r\n\r\nhello");
            Assert.Equal((200, 5), await connection.ReadResponseAsync());
        }

        Assert.All(await sonde.ServedAsync(server.Port, 3), span =>
        {
            Assert.Equal(("POST", "/echo", 200, 5), (span.Method, span.Path, span.StatusCode, span.ResponseSize));
            // What stands behind the capture could have changed the body's size: either it is known, or the span says why not.
            Assert.True(span.RequestSize == 5 || span.IsHeadCut, $"{span}");
        });
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(100)]
    public async Task The_trace_is_found_behind_long_cookies(int piece) =>
        await AssertTraceIsFoundAsync(await agent.StartedAsync(), cookies: 3900, piece);

    [Fact]
    public async Task The_trace_is_found_behind_longer_cookies_when_more_is_captured()
    {
        await using SondeProcess sonde = await SondeProcess.StartAsync(new() { ["SONDE_TRACING_CAPTURE_REQUEST_BYTES"] = "8192" });
        await AssertTraceIsFoundAsync(sonde, cookies: 7_500, piece: 5000);
    }

    [Theory]
    [InlineData(Runtime.Nginx)]
    [InlineData(Runtime.Node)]
    [InlineData(Runtime.Go)]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "pipelined requests")]
    public async Task Pipelined_requests_are_a_span_each(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(runtime);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync(string.Concat(Enumerable.Range(0, 10).Select(number => $"GET /hello?number={number} HTTP/1.1\r\n{connection.Host}\r\n")));
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal((200, 6), await connection.ReadResponseAsync());
        }

        // Go answers several in one write: of those the first 512 bytes are read, and what stands behind is known to have passed.
        Span[] spans = await sonde.ServedAsync(server.Port, 10);
        int whole = spans.TakeWhile(span => (span.StatusCode, span.ResponseSize) == (200, 6)).Count();
        Assert.True(runtime == Runtime.Go ? whole >= 3 : whole == 10, $"{whole} of 10 with status and size");
        Assert.All(spans, span => Assert.Equal(("GET", "/hello"), (span.Method, span.Path)));
    }

    [Theory]
    [InlineData(Runtime.Nginx)]
    [InlineData(Runtime.Python)]
    [InlineData(Runtime.Node)]
    [InlineData(Runtime.Go)]
    public async Task Responses_without_a_body_do_not_swallow_the_next(Runtime runtime)
    {
        (string Method, string Path, int Status)[] requests =
        [
            ("HEAD", "/hello", 200), ("GET", "/status/204", 204), ("GET", "/status/304", 304), ("GET", "/hello", 200), ("HEAD", "/bytes/1000", 200), ("GET", "/hello", 200),
        ];
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(runtime);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        foreach ((string method, string path, int status) in requests)
        {
            await connection.SendAsync($"{method} {path} HTTP/1.1\r\n{connection.Host}\r\n");
            Assert.Equal(status, (await connection.ReadResponseAsync(bodiless: method == "HEAD")).Status);
        }

        Span[] spans = await sonde.ServedAsync(server.Port, requests.Length);
        Assert.Equal(requests, spans.Select(span => (span.Method!, span.Path!, (int)span.StatusCode!)));
    }

    [Theory]
    [InlineData(Runtime.Go)]
    [InlineData(Runtime.Node)]
    [InlineData(Runtime.AspNetCore)]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "100-continue")]
    public async Task A_100_continue_is_not_the_answer(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(runtime);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync($"POST /echo HTTP/1.1\r\n{connection.Host}Expect: 100-continue\r\nContent-Length: 12\r\n\r\n");
        Assert.Equal(100, (await connection.ReadResponseAsync()).Status);
        await connection.SendAsync("hello, world");
        Assert.Equal((200, 12), await connection.ReadResponseAsync());

        Span[] spans = await sonde.ServedAsync(server.Port, 1);
        Assert.Equal(("POST", "/echo", 200, 12, 12), (spans[0].Method, spans[0].Path, spans[0].StatusCode, spans[0].RequestSize, spans[0].ResponseSize));
    }

    [Fact]
    public async Task An_answer_before_the_end_of_the_request_is_its_answer()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess upstream = await Servers.StartAsync(Runtime.Go);
        await using ServerProcess server = await Servers.StartAsync(Runtime.Nginx, upstream);
        using (RawConnection connection = await RawConnection.OpenAsync(server.EndPoint))
        {
            await connection.SendAsync($"POST /small HTTP/1.1\r\n{connection.Host}Content-Length: 100000\r\n\r\n{new string('x', 1000)}");
            Assert.Equal(413, (await connection.ReadResponseAsync()).Status);
            await connection.SendAsync(new string('x', 1000));
        }

        Span span = Assert.Single(await sonde.ServedAsync(server.Port, 1));
        Assert.Equal(("POST", "/small", 413), (span.Method, span.Path, span.StatusCode));
    }

    [Fact]
    public async Task A_stream_of_events_is_one_span_that_lasts_as_long()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Node);
        using Caller caller = new(server.Port, keepAlive: true);
        await caller.CallAsync("GET", "/hello");
        // Longer than the second of silence after which an exchange is looked at.
        Call call = await caller.CallAsync("GET", "/events/3/1300");
        await caller.CallAsync("GET", "/hello");

        Span[] spans = await sonde.ServedAsync(server.Port, 3);
        Assert.Equal(["/hello", "/events/3/1300", "/hello"], spans.Select(span => span.Path));
        Assert.InRange(spans[1].Duration.TotalSeconds, 0.8 * call.Elapsed.TotalSeconds, call.Elapsed.TotalSeconds + 0.001);
    }

    [Fact]
    public async Task A_WebSocket_is_one_span()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.AspNetCore);
        using (ClientWebSocket socket = new())
        {
            byte[] buffer = new byte[1024];
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{server.Port}/ws"), CancellationToken.None);
            for (int i = 0; i < 100; i++)
            {
                await socket.SendAsync(buffer.AsMemory(0, 100), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                await socket.ReceiveAsync(buffer, CancellationToken.None);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        Span[] spans = [.. await sonde.ServedAsync(server.Port, 1), .. await sonde.CalledAsync(server.Port, 1)];
        Assert.All(spans, span => Assert.Equal(("GET", "/ws", 101), (span.Method, span.Path, span.StatusCode)));
    }

    [Fact]
    public async Task A_server_killed_while_it_answers_leaves_one_span()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync($"GET /hang HTTP/1.1\r\n{connection.Host}\r\n");
        await sonde.DrainAsync();
        server.Kill();
        Assert.InRange(await connection.ReadToEndAsync(), 500, 999);

        Span[] spans = [.. await sonde.ServedAsync(server.Port, 1), .. await sonde.CalledAsync(server.Port, 1)];
        Assert.All(spans, span => Assert.Equal(("GET", "/hang", 200), (span.Method, span.Path, span.StatusCode)));
    }

    [Fact]
    public async Task The_values_of_a_query_stay_private()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Node);
        using Caller caller = new(server.Port, keepAlive: true);
        await caller.CallAsync("GET", "/hello?password=sesame");

        Span[] spans = [.. await sonde.ServedAsync(server.Port, 1), .. await sonde.CalledAsync(server.Port, 1)];
        Assert.All(spans, span =>
        {
            Assert.Contains("password", $"{span}", StringComparison.Ordinal);
            Assert.DoesNotContain("sesame", $"{span}", StringComparison.Ordinal);
        });
    }

    private static async Task AssertTraceIsFoundAsync(SondeProcess sonde, int cookies, int piece)
    {
        await using ServerProcess server = await Servers.StartAsync(Runtime.Node);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendSlowlyAsync(
            $"GET /hello HTTP/1.1\r\n{connection.Host}Cookie: {new string('c', cookies)}\r\ntraceparent: {TraceParent}\r\n\r\n", piece);
        Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
        Assert.Equal(TraceId, Assert.Single(await sonde.ServedAsync(server.Port, 1)).TraceId);
    }
}
