using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>
/// Sockets that several threads share, on both sides: one thread writes the requests while another reads the responses,
/// one reads the requests while another writes the responses. So the hooks of one socket run at once and in any order.
/// </summary>
public sealed class SharedSocketTests(SharedAgent agent)
{
    private const int Connections = 8;
    private const int Requests = 1000;
    private static readonly byte[] Response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    [Fact]
    public async Task Threads_that_share_a_socket_lose_nothing()
    {
        SondeProcess sonde = await agent.StartedAsync();
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Ports.Take(IPAddress.Loopback)));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        ConcurrentBag<Exception> failures = [];
        List<Thread> threads = [];
        List<Socket> sockets = [];
        for (int i = 0; i < Connections; i++)
        {
            Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.Connect(IPAddress.Loopback, port);
            Socket server = listener.Accept();
            server.NoDelay = true;
            sockets.AddRange(client, server);
            SemaphoreSlim answered = new(1);
            SemaphoreSlim asked = new(0);
            int connection = i;
            threads.AddRange(
                StartThread(failures, () => Ask(client, port, connection, answered)),
                StartThread(failures, () => Receive(client, Response.Length, answered)),
                StartThread(failures, () => Receive(server, RequestBytes(port, connection, 0).Length, asked)),
                StartThread(failures, () => Answer(server, asked)));
        }

        threads.ForEach(thread => thread.Join());
        sockets.ForEach(socket => socket.Dispose());
        Assert.Empty(failures);

        string[] expected = [.. from connection in Enumerable.Range(0, Connections) from number in Enumerable.Range(0, Requests) select $"/{connection:D2}/{number:D6}"];
        foreach (Span[] spans in new[] { await sonde.ServedAsync(port, expected.Length), await sonde.CalledAsync(port, expected.Length) })
        {
            Assert.Equal(expected, spans.Select(span => span.Path!).Order(StringComparer.Ordinal));
            Assert.All(spans, span => Assert.Equal(200, span.StatusCode));
        }
    }

    private static Thread StartThread(ConcurrentBag<Exception> failures, Action work)
    {
        Thread thread = new(() =>
        {
            try
            {
                work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or TimeoutException)
            {
                failures.Add(e);
            }
        });
        thread.Start();
        return thread;
    }

    private static byte[] RequestBytes(int port, int connection, int number) =>
        Encoding.ASCII.GetBytes($"GET /{connection:D2}/{number:D6} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");

    private static void Ask(Socket socket, int port, int connection, SemaphoreSlim answered)
    {
        for (int number = 0; number < Requests; number++)
        {
            Wait(answered);
            socket.Send(RequestBytes(port, connection, number));
        }
    }

    private static void Answer(Socket socket, SemaphoreSlim asked)
    {
        for (int number = 0; number < Requests; number++)
        {
            Wait(asked);
            socket.Send(Response);
        }
    }

    /// <summary>Reads messages of one length, and signals each.</summary>
    private static void Receive(Socket socket, int length, SemaphoreSlim received)
    {
        byte[] buffer = new byte[length];
        for (int number = 0; number < Requests; number++)
        {
            for (int count = 0; count < length;)
            {
                count += socket.Receive(buffer, count, length - count, SocketFlags.None);
            }

            received.Release();
        }
    }

    private static void Wait(SemaphoreSlim semaphore)
    {
        if (!semaphore.Wait(TimeSpan.FromSeconds(20)))
        {
            throw new TimeoutException("The other side has stopped.");
        }
    }
}
