using System.IO.Compression;
using System.Net;
using System.Security.Authentication;

namespace Sonde.Telemetry.Otlp;

/// <summary>Carries encoded export requests to one endpoint, an attempt at a time. Not for use by several threads at once.</summary>
internal abstract class OtlpTransport : IDisposable
{
    private const int MaxResponse = 64 * 1024;

    private readonly HttpMessageInvoker _invoker;
    private readonly MemoryStream _compressed = new();

    /// <exception cref="OtlpSettingsException">A certificate or a key cannot be used.</exception>
    protected OtlpTransport(OtlpSettings settings)
    {
        Settings = settings;
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            SslOptions = OtlpCredentials.Load(settings),
            UseCookies = false,
            UseProxy = false,
        });
    }

    public OtlpSettings Settings { get; }

    /// <summary>Opens the transport that the settings ask for. Nothing is connected yet.</summary>
    /// <exception cref="OtlpSettingsException">A certificate or a key cannot be used.</exception>
    public static OtlpTransport Create(OtlpSettings settings) => settings.Protocol == OtlpProtocol.Grpc
        ? new OtlpGrpcTransport(settings)
        : new OtlpHttpTransport(settings);

    /// <summary>Makes one attempt. Whatever goes wrong on the way is an outcome, not an exception.</summary>
    /// <param name="request">An encoded <c>Export…ServiceRequest</c>, not to be changed before the task ends.</param>
    /// <param name="cancellation">Gives up the attempt.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<ExportResult> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        attempt.CancelAfter(Settings.AttemptTimeout);
        try
        {
            using HttpRequestMessage message = CreateMessage(Settings.Compress ? Compress(request) : request);
            message.Headers.TryAddWithoutValidation("user-agent", "sonde");
            foreach ((string name, string value) in Settings.Headers)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }

            using HttpResponseMessage response = await _invoker.SendAsync(message, attempt.Token).ConfigureAwait(false);
            return await ReadAsync(response, attempt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ExportResult(
                ExportOutcome.Retryable, Message: $"no answer within {Settings.AttemptTimeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new ExportResult(ExportOutcome.Retryable, Message: Reason(e));
        }
    }

    public void Dispose()
    {
        _invoker.Dispose();
        _compressed.Dispose();
    }

    /// <summary>Makes the HTTP request for a body that is compressed already when the settings say so.</summary>
    protected abstract HttpRequestMessage CreateMessage(ReadOnlyMemory<byte> body);

    /// <summary>Reads the answer.</summary>
    protected abstract Task<ExportResult> ReadAsync(HttpResponseMessage response, CancellationToken cancellation);

    /// <summary>The first 64 KiB of a body; the rest is read and dropped, so that trailers can follow.</summary>
    protected static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var body = new MemoryStream();
        byte[] chunk = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellation).ConfigureAwait(false)) > 0)
        {
            body.Write(chunk, 0, (int)Math.Min(read, MaxResponse - body.Length));
        }

        return body.ToArray();
    }

    /// <summary>Whether OTLP/HTTP lets a client try again ("Retryable Response Codes"); gRPC maps the same to UNAVAILABLE.</summary>
    protected static bool IsRetryable(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private ReadOnlyMemory<byte> Compress(ReadOnlyMemory<byte> request)
    {
        _compressed.SetLength(0);
        using (var gzip = new GZipStream(_compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(request.Span);
        }

        return _compressed.GetBuffer().AsMemory(0, (int)_compressed.Length);
    }

    private static string Reason(Exception e)
    {
        Exception innermost = e.InnerException is AuthenticationException or null ? e.InnerException ?? e : e.GetBaseException();
        return innermost.Message;
    }
}
