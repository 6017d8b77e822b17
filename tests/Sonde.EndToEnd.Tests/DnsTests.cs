using System.Net;
using System.Net.Sockets;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>Lookups of real resolvers at a real name server, and at one that is none.</summary>
public sealed class DnsTests(SharedAgent agent)
{
    private const string Captured = "every lookup, name, type, answers, failure, duration";
    private const string Name = "www.sonde.test";

    [Fact]
    [Coverage("DNS over UDP", "getaddrinfo (glibc)", CoveredSide.Client, Captured)]
    public async Task Both_questions_of_getaddrinfo_are_spans()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using NameServer server = await NameServer.StartAsync();
        await server.ResolveAsync("getent", "ahosts", Name);
        await server.ResolveAsync("getent", "ahosts", "nowhere.sonde.test");
        Span[] spans = await server.SpansAsync(sonde, "client", 4);
        Assert.Equal(
            ["DNS A nowhere.sonde.test", $"DNS A {Name}", "DNS AAAA nowhere.sonde.test", $"DNS AAAA {Name}"], spans.Select(span => span.Name).Order(StringComparer.Ordinal));
        Assert.Equal("192.0.2.10", spans.Single(span => span.Name == $"DNS A {Name}").Texts("dns.answers").Single());
        Assert.Equal("2001:db8::10", spans.Single(span => span.Name == $"DNS AAAA {Name}").Texts("dns.answers").Single());
        Assert.All(spans, span => Assert.Equal(span.Name.Contains("nowhere", StringComparison.Ordinal) ? "NXDOMAIN" : null, span.Text("error.type")));
        Assert.All(spans, span => Assert.Equal("getent", span.Resource("process.executable.name")?.GetString()));
    }

    [Theory]
    [InlineData("Go", 2)]
    [InlineData("Node (c-ares)", 1)]
    [InlineData("Python", 2)]
    [InlineData("dig", 1)]
    [Coverage("DNS over UDP", "{resolver}", CoveredSide.Client, Captured)]
    public async Task Every_question_of_a_resolver_is_a_span(string resolver, int questions)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using NameServer server = await NameServer.StartAsync();
        await (resolver switch
        {
            "Go" => server.ResolveAsync(Path.Combine(Repository.BuiltServers, "go/resolver"), Name),
            "Node (c-ares)" => server.ResolveAsync("node", "-e", $"require('dns').resolve4('{Name}', () => {{}})"),
            "Python" => server.ResolveAsync("python3", "-c", $"import socket; socket.getaddrinfo('{Name}', 80)"),
            _ => server.ResolveAsync("dig", "+short", Name),
        });
        Span[] spans = await server.SpansAsync(sonde, "client", questions);
        Assert.All(spans, span => Assert.EndsWith($" {Name}", span.Name, StringComparison.Ordinal));
        Assert.All(spans, span => Assert.NotEmpty(span.Texts("dns.answers")));
        Assert.All(spans, span => Assert.InRange(span.Duration.TotalMilliseconds, 0, 500));
    }

    [Fact]
    [Coverage("DNS over UDP", "dnsmasq", CoveredSide.Server, "every question, name, type, answers, client")]
    public async Task Every_question_to_dnsmasq_is_a_span_of_its_own()
    {
        const int count = 50;
        SondeProcess sonde = await agent.StartedAsync();
        await using NameServer server = await NameServer.StartAsync();
        await RedisServer.RunAsync("dig", [$"@{server.Address}", "+short", .. Enumerable.Repeat(Name, count)]);
        Span[] served = await server.SpansAsync(sonde, "server", count);
        Assert.All(served, span => Assert.Equal($"DNS A {Name}", span.Name));
        Assert.All(served, span => Assert.StartsWith("127.", span.Text("client.address"), StringComparison.Ordinal));
        await server.SpansAsync(sonde, "client", count);
    }

    [Fact]
    [Coverage("DNS over TCP", "dig", CoveredSide.Client, Captured)]
    [Coverage("DNS over TCP", "dnsmasq", CoveredSide.Server, Captured)]
    public async Task What_does_not_fit_in_a_datagram_is_asked_again_over_TCP()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using NameServer server = await NameServer.StartAsync();
        await RedisServer.RunAsync("dig", $"@{server.Address}", "+noedns", "+short", "TXT", "large.sonde.test");
        foreach (string kind in new[] { "client", "server" })
        {
            Span[] spans = await server.SpansAsync(sonde, kind, 2);
            Assert.Equal(["udp", "tcp"], spans.Select(span => span.Text("network.transport")));
            Assert.All(spans, span => Assert.Equal("DNS TXT large.sonde.test", span.Name));
        }
    }

    [Theory]
    [InlineData(true, "timeout")]
    [InlineData(false, "connection_refused")]
    public async Task A_lookup_without_an_answer_is_an_error(bool listens, string error)
    {
        SondeProcess sonde = await agent.StartedAsync();
        string address = $"127.54.{Environment.ProcessId & 0xff}.{(listens ? 1 : 2)}";
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (listens)
        {
            silent.Bind(new IPEndPoint(IPAddress.Parse(address), 53));
        }

        await RedisServer.RunAsync("sh", "-c", $"dig @{address} +tries=1 +timeout=1 www.sonde.test; true");
        Span[] spans = await sonde.Spans.WaitForAsync(span => span.Kind == "client" && span.Address == address, 1, TimeSpan.FromSeconds(20));
        Assert.All(spans, span => Assert.Equal(error, span.Text("error.type")));
    }
}
