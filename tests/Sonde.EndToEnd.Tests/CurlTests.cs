using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>curl as the client.</summary>
public sealed class CurlTests(SharedAgent agent)
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    [Coverage("HTTP/1.1", "curl", CoveredSide.Client, "every request, method, path, status, body sizes, duration, url")]
    public async Task Every_request_of_curl_is_a_client_span()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        string url = $"http://127.0.0.1:{server.Port}";
        Call[] calls =
        [
            await Curl.CallAsync($"{url}/hello"),
            await Curl.CallAsync($"{url}/bytes/300000"),
            await Curl.CallAsync($"{url}/echo", "-d", "a body of 19 bytes."),
            await Curl.CallAsync($"{url}/hello", "-I"),
            await Curl.CallAsync($"{url}/status/503"),
            await Curl.CallAsync($"{url}/slow/60"),
            await Curl.CallAsync($"{url}/echo", "-X", "PUT", "-H", "Expect: 100-continue", "-d", new string('x', 3000)),
        ];

        Span[] called = await sonde.CalledAsync(server.Port, calls.Length);
        Span[] served = await sonde.ServedAsync(server.Port, calls.Length);
        foreach ((Call call, Span client, Span answer) in calls.Zip(called, served))
        {
            Assert.Equal(call, Seen(call, client));
            Assert.Equal(call, Seen(call, answer));
            Assert.Equal($"{url}{call.Path}", client.Text("url.full"));
            Assert.Equal("curl", client.Resource("process.executable.name")?.GetString());
            Assert.StartsWith("curl/", client.Text("user_agent.original"), StringComparison.Ordinal);
            Assert.Equal(call.Status >= 500 ? "error" : null, client.Status);
            // Of what is over in a moment, the scheduler's share is too large to compare.
            Assert.True(!call.Path.StartsWith("/slow", StringComparison.Ordinal) || Math.Abs((call.Elapsed - client.Duration).TotalMilliseconds) <= (call.Elapsed.TotalMilliseconds * 0.2) + 1,
                $"{call} took {call.Elapsed.TotalMilliseconds:F2} ms, its span {client.Duration.TotalMilliseconds:F2} ms");
        }
    }

    [Fact]
    [Coverage("HTTP/1.1", "curl", CoveredSide.Client, "traceparent of the request")]
    [Coverage("HTTP/1.1", "Node", CoveredSide.Server, "traceparent of the request")]
    public async Task Both_sides_join_the_trace_of_the_header()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Node);
        await Curl.CallAsync($"http://127.0.0.1:{server.Port}/hello", "-H", $"traceparent: 00-{TraceId}-00f067aa0ba902b7-01");
        Assert.Equal(TraceId, Assert.Single(await sonde.CalledAsync(server.Port, 1)).TraceId);
        Assert.Equal(TraceId, Assert.Single(await sonde.ServedAsync(server.Port, 1)).TraceId);
    }

    /// <summary>The call again, with what the span says of it.</summary>
    private static Call Seen(Call call, Span span) =>
        new(span.Method!, span.Path!, (int)(span.StatusCode ?? 0), (int)span.RequestSize, (int)span.ResponseSize, call.Elapsed);
}
