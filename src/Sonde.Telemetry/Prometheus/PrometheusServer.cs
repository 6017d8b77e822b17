using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sonde.Telemetry.Metrics;

namespace Sonde.Telemetry.Prometheus;

/// <summary>
/// A small HTTP server with one page, <c>/metrics</c>, made anew for each request. Connections, the length of a request and the time for
/// it are bounded, and each connection serves one request.
/// </summary>
public sealed class PrometheusServer : IMetricReader
{
    private const int MaxConnections = 8;
    private const int MaxRequestBytes = 8 * 1024;
    private const string PagePath = "/metrics";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IMetricSource> _sources;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _limit;
    private readonly Socket[] _listeners;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MaxConnections);
    private readonly SemaphoreSlim _one = new(1);
    private readonly Task[] _accepting;

    private PrometheusServer(IReadOnlyList<IMetricSource> sources, TimeProvider clock, TimeSpan limit, Socket[] listeners)
    {
        _sources = sources;
        _clock = clock;
        _limit = limit;
        _listeners = listeners;
        _accepting = [.. listeners.Select(AcceptAsync)];
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => ((IPEndPoint)_listeners[0].LocalEndPoint!).Port;

    /// <summary>Starts to listen on every address of the host.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="sources">Asked at each request, one request at a time.</param>
    /// <param name="clock">The time of the points.</param>
    /// <exception cref="IOException">The host has no address, or the port is taken.</exception>
    public static PrometheusServer Start(PrometheusSettings settings, IReadOnlyList<IMetricSource> sources, TimeProvider clock) =>
        Start(settings, sources, clock, s_patience);

    /// <inheritdoc cref="Start(PrometheusSettings, IReadOnlyList{IMetricSource}, TimeProvider)"/>
    internal static PrometheusServer Start(PrometheusSettings settings, IReadOnlyList<IMetricSource> sources, TimeProvider clock, TimeSpan limit)
    {
        var listeners = new List<Socket>();
        SocketException? refusal = null;
        int port = settings.Port;
        foreach (IPAddress address in AddressesOf(settings.Host))
        {
            try
            {
                Socket listener = Listen(new IPEndPoint(address, port));
                listeners.Add(listener);
                port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
            {
                // "localhost" has an IPv6 address where IPv6 is turned off.
                refusal = exception;
            }
            catch (SocketException exception)
            {
                refusal = exception;
                listeners.ForEach(listener => listener.Dispose());
                listeners.Clear();
                break;
            }
        }

        return listeners.Count > 0
            ? new PrometheusServer(sources, clock, limit, [.. listeners])
            : throw new IOException($"metrics cannot be served on {settings.Host}:{settings.Port}: {refusal?.Message ?? "there is no such host"}", refusal);
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is pending: whoever wants the last state has to ask in time.</remarks>
    public Task<bool> FlushAsync(TimeSpan within) => Task.FromResult(true);

    /// <summary>Stops to listen; what is being served is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Socket listener in _listeners)
        {
            listener.Dispose();
        }

        await Task.WhenAll(_accepting).ConfigureAwait(false);
        for (int i = 0; i < MaxConnections; i++)
        {
            await _room.WaitAsync().ConfigureAwait(false);
        }

        _room.Dispose();
        _one.Dispose();
        _stop.Dispose();
    }

    private static IPAddress[] AddressesOf(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static Socket Listen(IPEndPoint place)
    {
        var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(place);
            listener.Listen(MaxConnections);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // Others wait in the listener's queue.
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                try
                {
                    Socket connection = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                    _ = ServeAsync(connection);
                }
                catch
                {
                    _room.Release();
                    throw;
                }
            }
            catch (SocketException)
            {
                // A connection that was gone before it was taken.
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            limit.CancelAfter(_limit);
            using (connection)
            {
                string? request = await ReadHeadAsync(connection, limit.Token).ConfigureAwait(false);
                if (request is not null)
                {
                    await AnswerAsync(connection, request, limit.Token).ConfigureAwait(false);
                    connection.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever asked has gone or was too slow.
        }
        finally
        {
            _room.Release();
        }
    }

    /// <summary>Request line and fields; null when the connection was closed. What is too long is cut, and no request then.</summary>
    private static async Task<string?> ReadHeadAsync(Socket connection, CancellationToken limit)
    {
        byte[] head = new byte[MaxRequestBytes];
        int length = 0;
        while (length < head.Length)
        {
            int received = await connection.ReceiveAsync(head.AsMemory(length), limit).ConfigureAwait(false);
            length += received;
            int end = head.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return Encoding.Latin1.GetString(head, 0, end);
            }

            if (received == 0)
            {
                return null;
            }
        }

        return "";
    }

    private async Task AnswerAsync(Socket connection, string request, CancellationToken limit)
    {
        string[] lines = request.Split("\r\n");
        string[] words = lines[0].Split(' ');
        if (words is not [_, _, ['H', 'T', 'T', 'P', '/', '1', '.', ..]])
        {
            await SendAsync(connection, "400 Bad Request", "text/plain", "This is no HTTP/1.1 request.\n"u8.ToArray(), hasBody: true, limit).ConfigureAwait(false);
            return;
        }

        bool hasBody = words[0] != "HEAD";
        if (words[0] is not ("GET" or "HEAD"))
        {
            await SendAsync(connection, "405 Method Not Allowed\r\nAllow: GET, HEAD", "text/plain", "Only GET is served.\n"u8.ToArray(), hasBody, limit).ConfigureAwait(false);
            return;
        }

        if (words[1].Split('?')[0] != PagePath)
        {
            await SendAsync(connection, "404 Not Found", "text/plain", "The metrics are under /metrics.\n"u8.ToArray(), hasBody, limit).ConfigureAwait(false);
            return;
        }

        ExpositionFormat format = ExpositionFormats.Choose(Field(lines, "Accept"));
        ReadOnlyMemory<byte> page = await WritePageAsync(format, limit).ConfigureAwait(false);
        await SendAsync(connection, "200 OK", ExpositionFormats.ContentType(format), page, hasBody, limit).ConfigureAwait(false);
    }

    private static string Field(string[] lines, string name) =>
        string.Join(',', lines.Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()));

    private async Task<ReadOnlyMemory<byte>> WritePageAsync(ExpositionFormat format, CancellationToken limit)
    {
        await _one.WaitAsync(limit).ConfigureAwait(false);
        try
        {
            var collection = new MetricCollection(UnixTime.Of(_clock));
            foreach (IMetricSource source in _sources)
            {
                source.Collect(collection);
            }

            var output = new ArrayBufferWriter<byte>(16 * 1024);
            new ExpositionWriter(format, output).Write(collection.Points);
            return output.WrittenMemory;
        }
        finally
        {
            _one.Release();
        }
    }

    private static async Task SendAsync(
        Socket connection, string status, string type, ReadOnlyMemory<byte> body, bool hasBody, CancellationToken limit)
    {
        string head = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        ReadOnlyMemory<byte> rest = hasBody ? (byte[])[.. Encoding.Latin1.GetBytes(head), .. body.Span] : Encoding.Latin1.GetBytes(head);
        while (!rest.IsEmpty)
        {
            rest = rest[await connection.SendAsync(rest, limit).ConfigureAwait(false)..];
        }
    }
}
