using System.Diagnostics;
using System.Net;
using System.Net.Security;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Makes requests with .NET's own client and measures them.</summary>
internal sealed class Caller : IDisposable
{
    private readonly HttpClient _client;
    private readonly bool _keepAlive;

    /// <param name="port">The server's port on 127.0.0.1.</param>
    /// <param name="keepAlive">Whether connections are used again, or closed after each request.</param>
    /// <param name="encrypts">Whether the server expects TLS.</param>
    public Caller(int port, bool keepAlive, bool encrypts = false)
    {
        _keepAlive = keepAlive;
        // Not every server says that it closes the connection; without a life in the pool, none is used again.
        TimeSpan lifetime = keepAlive ? Timeout.InfiniteTimeSpan : TimeSpan.Zero;
        SslClientAuthenticationOptions trusting = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => Certificate.IsIt(certificate) };
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64, PooledConnectionLifetime = lifetime, SslOptions = trusting })
        {
            BaseAddress = new Uri($"{(encrypts ? "https" : "http")}://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public async Task<Call> CallAsync(string method, string path, int requestSize = 0)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path) { Version = HttpVersion.Version11 };
        request.Headers.ConnectionClose = !_keepAlive;
        if (method is "POST" or "PUT")
        {
            request.Content = new ByteArrayContent(new byte[requestSize]);
        }

        Stopwatch elapsed = Stopwatch.StartNew();
        using HttpResponseMessage response = await _client.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        return new Call(method, path, (int)response.StatusCode, requestSize, body.Length, elapsed.Elapsed);
    }

    public void Dispose() => _client.Dispose();
}
