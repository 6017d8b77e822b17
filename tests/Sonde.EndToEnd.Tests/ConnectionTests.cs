using System.Net;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>Connections of every kind, and of every age.</summary>
public sealed class ConnectionTests(SharedAgent agent)
{
    [Fact]
    public async Task IPv6_is_traced()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartGoAsync(IPAddress.IPv6Loopback);
        await Curl.CallAsync($"http://[::1]:{server.Port}/hello");
        Span[] spans = [.. await sonde.ServedAsync(server.Port, 1), .. await sonde.CalledAsync(server.Port, 1)];
        Assert.All(spans, span => Assert.Equal(("/hello", 200, "::1"), (span.Path, span.StatusCode, span.Address)));
        Assert.Equal("::1", spans[0].Text("client.address"));
    }

    [Fact]
    [Coverage("HTTP/1.1", "Nginx", CoveredSide.Server, "Unix sockets")]
    public async Task Unix_sockets_of_nginx_are_traced()
    {
        await using ServerProcess server = await Servers.StartAsync(Runtime.Nginx);
        await AssertUnixIsTracedAsync(Path.Combine(server.Folder, "nginx.sock"));
    }

    [Fact]
    [Coverage("HTTP/1.1", "Python", CoveredSide.Server, "Unix sockets")]
    public async Task Unix_sockets_of_Python_are_traced()
    {
        await using ServerProcess server = await Servers.StartUnixPythonAsync();
        await AssertUnixIsTracedAsync(server.EndPoint.ToString()!);
    }

    [Fact]
    public async Task Multipath_TCP_is_traced()
    {
        Assert.SkipUnless(
            File.Exists("/proc/sys/net/mptcp/enabled") && File.ReadAllText("/proc/sys/net/mptcp/enabled").Trim() == "1", "The kernel has no Multipath TCP.");
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartPythonAsync("mptcp");
        string client = $"""
            import socket
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
            s.connect(("127.0.0.1", {server.Port}))
            for i in range(5):
                s.sendall(b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{server.Port}\r\n\r\n")
                answer = b""
                while not answer.endswith(b"hello\n"):
                    answer += s.recv(1000)
            """;
        await using (ChildProcess python = ChildProcess.Start("python3", ["-c", client]))
        {
            await python.WaitForExitAsync(TimeSpan.FromSeconds(20));
            Assert.True(python.ExitCode == 0, python.Errors);
        }

        Span[] spans = [.. await sonde.ServedAsync(server.Port, 5), .. await sonde.CalledAsync(server.Port, 5)];
        Assert.All(spans, span => Assert.Equal(("GET", "/hello", 200, 6), (span.Method, span.Path, span.StatusCode, span.ResponseSize)));
    }

    [Fact]
    public async Task A_connection_older_than_Sonde_is_traced_from_its_next_request_on()
    {
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
        await connection.SendAsync($"GET /hello HTTP/1.1\r\n{connection.Host}\r\n");
        Assert.Equal((200, 6), await connection.ReadResponseAsync());

        await using SondeProcess sonde = await SondeProcess.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            await connection.SendAsync($"GET /hello HTTP/1.1\r\n{connection.Host}\r\n");
            Assert.Equal((200, 6), await connection.ReadResponseAsync());
        }

        Span[] spans = [.. await sonde.ServedAsync(server.Port, 3), .. await sonde.CalledAsync(server.Port, 3)];
        Assert.All(spans, span => Assert.Equal(("GET", "/hello", 200, 6), (span.Method, span.Path, span.StatusCode, span.ResponseSize)));
    }

    [Fact]
    public async Task A_process_for_each_connection_is_traced()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartPythonAsync("fork");
        using Caller caller = new(server.Port, keepAlive: false);
        for (int i = 0; i < 20; i++)
        {
            await caller.CallAsync("GET", "/hello");
        }

        Span[] spans = await sonde.ServedAsync(server.Port, 20);
        Assert.Equal(20, spans.Select(span => span.ProcessId).Distinct().Count());
        Assert.DoesNotContain(spans, span => span.ProcessId == server.Id);
    }

    [Fact]
    public async Task A_process_that_executes_another_program_is_traced_on()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Python);
        using Caller caller = new(server.Port, keepAlive: false);
        for (int i = 0; i < 5; i++)
        {
            await caller.CallAsync("GET", "/hello");
            await caller.CallAsync("GET", "/exec");
        }

        Assert.All(await sonde.ServedAsync(server.Port, 10), span => Assert.Equal(server.Id, span.ProcessId));
    }

    [Fact]
    public async Task Ten_thousand_connections_are_ten_thousand_spans()
    {
        const int Clients = 8;
        const int Connections = 10_000;
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await Servers.StartAsync(Runtime.Nginx);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            for (int i = 0; i < Connections / Clients; i++)
            {
                using RawConnection connection = await RawConnection.OpenAsync(server.EndPoint);
                await connection.SendAsync($"GET /return HTTP/1.1\r\n{connection.Host}Connection: close\r\n\r\n");
                Assert.True(await connection.ReadToEndAsync() > 0);
            }
        }));

        await sonde.ServedAsync(server.Port, Connections);
        await sonde.CalledAsync(server.Port, Connections);
    }

    private async Task AssertUnixIsTracedAsync(string path)
    {
        SondeProcess sonde = await agent.StartedAsync();
        // A socket's path is no host: the name is the one that the request gives.
        string host = $"{Path.GetFileName(Path.GetDirectoryName(path))}.test".ToLowerInvariant();
        for (int i = 0; i < 5; i++)
        {
            await Curl.CallAsync($"http://{host}/hello", "--unix-socket", path);
        }

        Span[] served = await sonde.ExactlyAsync(span => span.Kind == "server" && span.Address == host, 5);
        Span[] called = await sonde.ExactlyAsync(span => span.Kind == "client" && span.Address == host, 5);
        Assert.All(served.Concat(called), span =>
            Assert.Equal(("GET", "/hello", 200, 6), (span.Method, span.Path, span.StatusCode, span.ResponseSize)));
    }
}
