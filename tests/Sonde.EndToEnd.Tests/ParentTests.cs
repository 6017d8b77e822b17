using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>Calls that a server makes on behalf of a request: children of that request, or of none, never of another.</summary>
public sealed class ParentTests(SharedAgent agent)
{
    private const int Requests = 256;

    /// <summary>These serve a request on one thread and call from it.</summary>
    [Theory]
    [InlineData(Runtime.Python)]
    [InlineData(Runtime.PythonWsgi)]
    [InlineData(Runtime.Java)]
    [Coverage("HTTP/1.1", "{runtime}", CoveredSide.Server, "parent of the calls that a request makes")]
    public async Task A_call_on_the_serving_thread_is_the_child_of_its_request(Runtime runtime)
    {
        (Span[] relays, Span[] items) = await RelayAsync(runtime);
        Dictionary<string, Span> byPath = relays.ToDictionary(span => span.Path!);
        Assert.All(items, item =>
        {
            Span relay = byPath[item.Path!.Replace("/item/", "/relay/", StringComparison.Ordinal)];
            Assert.Equal((relay.Id, relay.TraceId), (item.Parent, item.TraceId));
        });
    }

    [Theory]
    [InlineData(Runtime.Nginx)]
    [InlineData(Runtime.Apache)]
    [InlineData(Runtime.Node)]
    [InlineData(Runtime.AspNetCore)]
    [InlineData(Runtime.Go)]
    public async Task A_call_never_has_a_wrong_parent(Runtime runtime)
    {
        (Span[] relays, Span[] items) = await RelayAsync(runtime);
        Dictionary<string, Span> byId = relays.ToDictionary(span => span.Id);
        foreach (Span item in items.Where(span => span.Parent is not null && byId.ContainsKey(span.Parent)))
        {
            Span relay = byId[item.Parent!];
            Assert.Equal((relay.Path!.Replace("/relay/", "/item/", StringComparison.Ordinal), relay.TraceId), (item.Path, item.TraceId));
        }
    }

    /// <summary>64 at a time, each with a number of its own. Returns the server spans of the relay, and the client spans of its calls.</summary>
    private async Task<(Span[] Relays, Span[] Items)> RelayAsync(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess upstream = await Servers.StartAsync(Runtime.Go);
        await using ServerProcess server = await Servers.StartAsync(runtime, upstream);
        using Caller caller = new(server.Port, keepAlive: runtime != Runtime.PythonWsgi);
        Call[] calls = await Task.WhenAll(Enumerable.Range(0, Requests).Select(number => caller.CallAsync("GET", $"/relay/{number}")));
        Assert.All(calls, call => Assert.Equal(200, call.Status));
        // A server that closes an idle connection may still read, and drop, a request that the client then repeats elsewhere.
        Span[] relays = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Port == server.Port && span.StatusCode == 200, Requests);
        Span[] items = await sonde.CalledAsync(upstream.Port, Requests);
        AssertTracesAgree(await sonde.ServedAsync(upstream.Port, Requests), items);
        return (relays, items);
    }

    /// <summary>The other side of each call, wherever it says that the call is its parent.</summary>
    private static void AssertTracesAgree(Span[] served, Span[] called)
    {
        Dictionary<string, Span> byId = called.ToDictionary(span => span.Id);
        foreach (Span span in served.Where(span => span.Parent is not null && byId.ContainsKey(span.Parent)))
        {
            Assert.Equal((span.Path, span.TraceId), (byId[span.Parent!].Path, byId[span.Parent!].TraceId));
        }
    }
}
