using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sonde.Benchmarks;

/// <summary>Answers OTLP/HTTP requests without looking at them.</summary>
internal sealed class Sink : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Starts this program as a receiver; it prints its endpoint and runs until it is killed.</summary>
    public const string Argument = "sink";

    public Sink()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public string Endpoint => $"http://{_listener.LocalEndPoint}";

    public void Dispose() => _listener.Dispose();

    public async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptAsync());
        }
    }

    private static async Task ServeAsync(Socket connection)
    {
        byte[] buffer = new byte[256 * 1024];
        int filled = 0;
        long body = 0;
        int read;
        while ((read = await connection.ReceiveAsync(buffer.AsMemory(filled))) > 0)
        {
            filled += read;
            if (body == 0)
            {
                int end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
                if (end < 0)
                {
                    continue;
                }

                body = ContentLength(buffer.AsSpan(0, end)) - (filled - end - 4);
            }
            else
            {
                body -= read;
            }

            filled = 0;
            if (body == 0)
            {
                await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            }
        }

        connection.Dispose();
    }

    private static long ContentLength(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> value = head[(head.IndexOf("Content-Length: "u8) + 16)..];
        int end = value.IndexOf((byte)'\r');
        return long.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
    }
}
