using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A server for one request, both ends of it in this process.</summary>
internal sealed class Sentinel : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));

    public Sentinel() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async Task CallAsync()
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using TcpClient server = await _listener.AcceptTcpClientAsync();
        byte[] buffer = new byte[256];
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /sentinel HTTP/1.1\r\nHost: 127.0.0.1:{Port}\r\n\r\n"));
        _ = await server.GetStream().ReadAsync(buffer);
        await server.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        server.Close();
        while (await client.GetStream().ReadAsync(buffer) > 0)
        {
        }
    }

    public void Dispose() => _listener.Dispose();
}
