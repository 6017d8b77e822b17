using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A connection whose bytes the test writes itself.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _begin;
    private int _end;

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>The request's Host field, line end included: a span's address and port are those that it names.</summary>
    public string Host => $"Host: {_socket.RemoteEndPoint}\r\n";

    public static async Task<RawConnection> OpenAsync(EndPoint endPoint)
    {
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        if (endPoint is IPEndPoint)
        {
            socket.NoDelay = true;
        }

        await socket.ConnectAsync(endPoint);
        return new RawConnection(socket);
    }

    public async Task SendAsync(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await _socket.SendAsync(bytes.AsMemory(sent));
        }
    }

    /// <summary>Sends in pieces so far apart that each is read for itself.</summary>
    public async Task SendSlowlyAsync(string text, int piece)
    {
        for (int i = 0; i < text.Length; i += piece)
        {
            await SendAsync(text.Substring(i, Math.Min(piece, text.Length - i)));
            await Task.Delay(1);
        }
    }

    /// <summary>Reads one response; its body is what <c>Content-Length</c> says.</summary>
    /// <param name="bodiless">Whether the response has no body whatever its head says, as one to HEAD.</param>
    public async Task<(int Status, int BodySize)> ReadResponseAsync(bool bodiless = false)
    {
        string head = "";
        while (!head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head += (char)await ReadByteAsync();
        }

        int status = int.Parse(head.Split(' ')[1], null);
        string? length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        int size = bodiless || length is null ? 0 : int.Parse(length.Split(':')[1], null);
        for (int i = 0; i < size; i++)
        {
            await ReadByteAsync();
        }

        return (status, size);
    }

    /// <summary>Reads until the other side closes the connection; returns how many bytes came.</summary>
    public async Task<int> ReadToEndAsync()
    {
        int count = _end - _begin;
        try
        {
            while (await _socket.ReceiveAsync(_buffer.AsMemory()) is > 0 and int received)
            {
                count += received;
            }
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }

        return count;
    }

    public void Dispose() => _socket.Dispose();

    private async ValueTask<byte> ReadByteAsync()
    {
        if (_begin == _end)
        {
            (_begin, _end) = (0, await _socket.ReceiveAsync(_buffer.AsMemory()));
            if (_end == 0)
            {
                throw new EndOfStreamException("The server closed the connection.");
            }
        }

        return _buffer[_begin++];
    }
}
