using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// OTLP/gRPC: a unary call is one HTTP/2 request whose message has a prefix of five bytes, and a status in the trailers
/// (<c>grpc/grpc:doc/PROTOCOL-HTTP2.md</c>). Why this and no library: <c>docs/decisions/0004</c>.
/// </summary>
internal sealed class OtlpGrpcTransport(OtlpSettings settings) : OtlpTransport(settings)
{
    private const string ContentType = "application/grpc";
    private const int PrefixLength = 5;

    /// <summary>A <c>grpc-timeout</c> has at most eight digits.</summary>
    private const double MaxTimeout = 99_999_999;

    protected override HttpRequestMessage CreateMessage(ReadOnlyMemory<byte> body)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Settings.Endpoint)
        {
            Version = HttpVersion.Version20,
            // In clear text too: HTTP/2 without a negotiation (RFC 9113, 3.3).
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new MessageContent(body, Settings.Compress),
        };
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        message.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity");
        if (Settings.Compress)
        {
            message.Headers.TryAddWithoutValidation("grpc-encoding", "gzip");
        }

        if (Settings.AttemptTimeout != Timeout.InfiniteTimeSpan)
        {
            double milliseconds = Math.Min(Settings.AttemptTimeout.TotalMilliseconds, MaxTimeout);
            message.Headers.TryAddWithoutValidation("grpc-timeout", string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0}m"));
        }

        return message;
    }

    protected override async Task<ExportResult> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        // The trailers are there once the body has been read to its end.
        byte[] body = await ReadBodyAsync(response, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new ExportResult(
                IsRetryable(response.StatusCode) ? ExportOutcome.Retryable : ExportOutcome.Refused,
                Message: $"HTTP {(int)response.StatusCode}");
        }

        // A call that failed at once has its status in the headers ("Trailers-Only").
        string? statusText = Value(response.TrailingHeaders, "grpc-status") ?? Value(response.Headers, "grpc-status");
        if (!int.TryParse(statusText, NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            return response.Content.Headers.ContentType?.MediaType?.StartsWith(ContentType, StringComparison.Ordinal) == true
                ? new ExportResult(ExportOutcome.Retryable, Message: "the gRPC answer ended without a status")
                : new ExportResult(ExportOutcome.Refused, Message: "the answer is not gRPC: is the port one of OTLP/gRPC?");
        }

        if (status == (int)GrpcStatus.Ok)
        {
            bool readable = body.Length >= PrefixLength && body[0] == 0;
            return ExportResponse.Accepted(readable ? body.AsSpan(PrefixLength) : default);
        }

        string? details = Value(response.TrailingHeaders, "grpc-status-details-bin") ?? Value(response.Headers, "grpc-status-details-bin");
        TimeSpan? delay = details is null ? null : ExportResponse.Status(FromBase64(details)).RetryAfter;
        string? said = Value(response.TrailingHeaders, "grpc-message") ?? Value(response.Headers, "grpc-message");
        string message = $"gRPC status {status}"
            + (Enum.IsDefined((GrpcStatus)status) ? $" ({(GrpcStatus)status})" : "")
            + (said is null ? "" : ": " + ExportResponse.Printable(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(said))));
        return new ExportResult(
            IsRetryable((GrpcStatus)status, delay) ? ExportOutcome.Retryable : ExportOutcome.Refused, 0, delay, message);
    }

    /// <summary>OTLP/gRPC, "Failures": RESOURCE_EXHAUSTED may be tried again only when the server says when.</summary>
    private static bool IsRetryable(GrpcStatus status, TimeSpan? delay) => status switch
    {
        GrpcStatus.Cancelled or GrpcStatus.DeadlineExceeded or GrpcStatus.Aborted
            or GrpcStatus.OutOfRange or GrpcStatus.Unavailable or GrpcStatus.DataLoss => true,
        GrpcStatus.ResourceExhausted => delay is not null,
        _ => false,
    };

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    /// <summary>Binary metadata; senders may leave the padding out.</summary>
    private static byte[] FromBase64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out int length) ? bytes[..length] : [];
    }

    /// <summary>The message with its prefix: one byte for compressed or not, the length as four bytes, big-endian.</summary>
    private sealed class MessageContent : HttpContent
    {
        private readonly byte[] _prefix = new byte[PrefixLength];
        private readonly ReadOnlyMemory<byte> _message;

        public MessageContent(ReadOnlyMemory<byte> message, bool compressed)
        {
            _message = message;
            _prefix[0] = compressed ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32BigEndian(_prefix.AsSpan(1), message.Length);
            Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(
            Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(_prefix, cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(_message, cancellationToken).ConfigureAwait(false);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = PrefixLength + _message.Length;
            return true;
        }
    }

    /// <summary><c>grpc/grpc:doc/statuscodes.md</c>.</summary>
    private enum GrpcStatus
    {
        Ok = 0,
        Cancelled = 1,
        Unknown = 2,
        InvalidArgument = 3,
        DeadlineExceeded = 4,
        NotFound = 5,
        AlreadyExists = 6,
        PermissionDenied = 7,
        ResourceExhausted = 8,
        FailedPrecondition = 9,
        Aborted = 10,
        OutOfRange = 11,
        Unimplemented = 12,
        Internal = 13,
        Unavailable = 14,
        DataLoss = 15,
        Unauthenticated = 16,
    }
}
