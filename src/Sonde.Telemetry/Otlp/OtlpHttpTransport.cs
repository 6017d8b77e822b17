using System.Net.Http.Headers;

namespace Sonde.Telemetry.Otlp;

/// <summary>OTLP/HTTP with binary protobuf (specification "OTLP/HTTP").</summary>
internal sealed class OtlpHttpTransport(OtlpSettings settings) : OtlpTransport(settings)
{
    private const string ContentType = "application/x-protobuf";

    protected override HttpRequestMessage CreateMessage(ReadOnlyMemory<byte> body)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        if (Settings.Compress)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        return new HttpRequestMessage(HttpMethod.Post, Settings.Endpoint) { Content = content };
    }

    protected override async Task<ExportResult> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        byte[] body = await ReadBodyAsync(response, cancellation).ConfigureAwait(false);
        bool encoded = response.Content.Headers.ContentType?.MediaType == ContentType;
        if (response.IsSuccessStatusCode)
        {
            return ExportResponse.Accepted(encoded ? body : []);
        }

        int code = (int)response.StatusCode;
        string said = (encoded ? ExportResponse.Status(body).Message : ExportResponse.Printable(body)) is { } text ? $": {text}" : "";
        return IsRetryable(response.StatusCode)
            ? new ExportResult(ExportOutcome.Retryable, 0, RetryAfter(response), $"HTTP {code}{said}")
            : new ExportResult(ExportOutcome.Refused, Message: $"HTTP {code}{said}");
    }

    /// <summary>RFC 9110, 10.2.3: seconds, or a date.</summary>
    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero,
        _ => null,
    };
}
