using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A connection on loopback whose both ends the test plays, byte for byte: for what no server at hand would say.</summary>
internal sealed class PlayedConversation : IDisposable
{
    private readonly Socket _client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Socket _server;

    public PlayedConversation()
    {
        using TcpListener listener = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _client.Connect(IPAddress.Loopback, Port);
        _server = listener.AcceptSocket();
        _server.NoDelay = true;
    }

    public int Port { get; }

    public PlayedConversation Client(params byte[] bytes) => Move(_client, _server, bytes);

    public PlayedConversation Server(params byte[] bytes) => Move(_server, _client, bytes);

    public PlayedConversation Client(string text) => Client(Encoding.Latin1.GetBytes(text));

    public PlayedConversation Server(string text) => Server(Encoding.Latin1.GetBytes(text));

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private PlayedConversation Move(Socket from, Socket to, byte[] bytes)
    {
        from.Send(bytes);
        byte[] buffer = new byte[bytes.Length];
        for (int received = 0; received < bytes.Length;)
        {
            received += to.Receive(buffer.AsSpan(received));
        }

        return this;
    }
}
