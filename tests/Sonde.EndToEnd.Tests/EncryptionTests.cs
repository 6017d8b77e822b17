using System.Globalization;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>Plaintext is read at the functions of TLS libraries, and belongs to the connection that carries it.</summary>
public sealed class EncryptionTests(SharedAgent agent)
{
    private const int Concurrent = 64;

    public static TheoryData<Runtime> Encrypting => [.. Servers.Encrypting];

    [Theory]
    [MemberData(nameof(Encrypting))]
    public async Task Each_of_many_concurrent_requests_is_told_from_the_others(Runtime runtime)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess upstream = await Servers.StartAsync(Runtime.Python);
        await using ServerProcess server = await Servers.StartAsync(runtime, upstream, encrypts: true);
        using Caller caller = new(server.Port, keepAlive: true, encrypts: true);
        await Encryption.IsReadAsync(sonde, caller, server.Port);
        for (int round = 0; round < 4; round++)
        {
            // All of one length: only their places tell them apart.
            await Task.WhenAll(Enumerable.Range(round * Concurrent, Concurrent).Select(i => caller.CallAsync("GET", string.Create(CultureInfo.InvariantCulture, $"/none/{i:000}"))));
        }

        Span[] served = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Port == server.Port && !Encryption.IsTrial(span), 4 * Concurrent);
        // What a server closes its connection on, unanswered, the client asks again: that call is a span of its own, without a status.
        Span[] called = await sonde.ExactlyAsync(
            span => span.Kind == "client" && span.Port == server.Port && span.StatusCode is not null && !Encryption.IsTrial(span), 4 * Concurrent);
        Dictionary<string, Span> callers = called.ToDictionary(span => span.Path!);
        Assert.Equal(4 * Concurrent, served.DistinctBy(span => span.Path).Count());
        foreach (Span span in served)
        {
            Span client = callers[span.Path!];
            Assert.Equal((client.Id, client.TraceId), (span.Parent, span.TraceId));
            Assert.Equal(server.Port, client.Number("network.peer.port"));
        }
    }

    [Fact]
    public async Task A_connection_that_is_older_than_Sonde_is_read_from_its_next_request_on()
    {
        await using ServerProcess server = await Servers.StartAsync(Runtime.Python, encrypts: true);
        using Caller caller = new(server.Port, keepAlive: true, encrypts: true);
        await caller.CallAsync("GET", "/hello");
        await caller.CallAsync("GET", "/hello");
        await using SondeProcess sonde = await SondeProcess.StartAsync();
        await Encryption.IsReadAsync(sonde, caller, server.Port);
        for (int i = 0; i < 10; i++)
        {
            await caller.CallAsync("GET", $"/bytes/{i}");
        }

        Span[] served = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Port == server.Port && !Encryption.IsTrial(span), 10);
        Span[] called = await sonde.ExactlyAsync(span => span.Kind == "client" && span.Port == server.Port && !Encryption.IsTrial(span), 10);
        Assert.All([.. served, .. called], span => Assert.Null(span.Text("tls.protocol.version")));
        Assert.Single(served.Select(span => span.Number("network.peer.port")).Distinct());
    }

    [Fact]
    public async Task A_copy_of_the_library_that_is_mapped_later_is_read_too()
    {
        SondeProcess sonde = await agent.StartedAsync();
        using TemporaryFolder folder = new();
        string library = Library();
        string copy = Path.Combine(folder.Path, Path.GetFileName(library));
        File.Copy(library, copy);
        Dictionary<string, string> environment = Certificate.Environment;
        environment["LD_LIBRARY_PATH"] = folder.Path;
        await using ServerProcess server = await Servers.StartAsync(Runtime.Python, encrypts: true, with: environment);
        using Caller caller = new(server.Port, keepAlive: false, encrypts: true);
        await Encryption.IsReadAsync(sonde, caller, server.Port);
        Assert.Contains(copy, await File.ReadAllTextAsync($"/proc/{server.Id}/maps", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_asks_for_is_known_by_its_name()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Node, encrypts: true);
        using Caller caller = new(server.Port, keepAlive: true, encrypts: true);
        await Encryption.IsReadAsync(sonde, caller, server.Port);
        string url = $"https://localhost:{server.Port}/hello";
        await Curl.CallAsync(url, "-k", "--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256", url, url);
        Span[] served = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Port == server.Port && span.Path == "/hello", 3);
        Span[] called = await sonde.ExactlyAsync(span => span.Kind == "client" && span.Port == server.Port && span.Path == "/hello", 3);
        Assert.All([.. served, .. called], span => Assert.Equal(
            ("https", "tls", "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "localhost"),
            (span.Text("url.scheme"), span.Text("tls.protocol.name"), span.Text("tls.protocol.version"), span.Text("tls.cipher"), span.Text("tls.client.server_name"))));
        Assert.Single(called, span => span.Has("sonde.kernel.tls_handshake.duration"));
        Assert.DoesNotContain(served, span => span.Has("sonde.kernel.tls_handshake.duration"));
    }

    private static string Library() => File.ReadLines("/etc/ld.so.conf.d/x86_64-linux-gnu.conf").Append("/usr/lib/x86_64-linux-gnu")
        .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "libssl.so.3")).First();
}
