using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>
/// Whose "not sampled" counts. ASP.NET Core sends <c>traceparent: 00-…-00</c> of its own accord: only where an SDK is at
/// work has somebody decided that.
/// </summary>
public sealed class SamplingTests(SharedAgent agent)
{
    private const int Requests = 20;

    [Fact]
    public async Task Without_an_SDK_the_flag_is_nobodys_decision_but_the_trace_is_kept()
    {
        (SondeProcess sonde, ServerProcess server, ServerProcess upstream) = await RelayAsync(Runtime.AspNetCore);
        await using ServerProcess first = server, second = upstream;
        await sonde.ServedAsync(server.Port, Requests);
        Span[] called = await sonde.CalledAsync(upstream.Port, Requests);
        Span[] served = await sonde.ServedAsync(upstream.Port, Requests);
        // Both sides of each call read the same header.
        Assert.Equal(called.Select(span => (span.Path, span.TraceId)), served.Select(span => (span.Path, span.TraceId)));
    }

    [Fact]
    public async Task The_flag_of_a_process_with_the_official_SDK_is_obeyed()
    {
        (SondeProcess sonde, ServerProcess server, ServerProcess upstream) = await RelayAsync(Runtime.AspNetCoreWithSdk);
        await using ServerProcess first = server, second = upstream;
        await sonde.ExactlyAsync(span => span.Kind == "client" && span.Port == upstream.Port && span.ProcessId == server.Id, 0);
    }

    private async Task<(SondeProcess Sonde, ServerProcess Server, ServerProcess Upstream)> RelayAsync(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        ServerProcess upstream = await Servers.StartAsync(Runtime.Go);
        ServerProcess server = await Servers.StartAsync(runtime, upstream);
        using Caller caller = new(server.Port, keepAlive: true);
        for (int i = 0; i < Requests; i++)
        {
            await caller.CallAsync("GET", $"/relay/{i}");
        }

        return (sonde, server, upstream);
    }
}
