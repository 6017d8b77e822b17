using System.Buffers.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Sets what is known when a request is over (HTTP semantic conventions 1.41).</summary>
internal static class ResponseAttributes
{
    private static readonly AttributeKey Unseen = new("sonde.http.response.unseen");

    /// <summary>Sets status, size, route and error.</summary>
    /// <param name="request">The request that was answered.</param>
    /// <param name="bodySize">The size of the response's body, or null when it is not certain.</param>
    /// <param name="complete">Whether the whole response has passed.</param>
    public static void Set(in PendingRequest request, ulong? bodySize, bool complete)
    {
        SpanData span = request.Span;
        span.Set(SemanticAttributes.HttpResponseStatusCode, request.Status, AttributeUse.Metric);
        if (bodySize is { } size && span.IsSampled)
        {
            span.Set(SemanticAttributes.HttpResponseBodySize, (long)size);
        }

        // A path that the server does not know is none of its routes.
        request.Route?.Answered(known: request.Status != 404);
        SetRoute(request);
        if (request.Status >= (span.Kind == SpanKind.Client ? 400 : 500))
        {
            Span<byte> text = stackalloc byte[4];
            Utf8Formatter.TryFormat(request.Status, text, out int length);
            SetError(span, text[..length]);
        }
        else if (!complete)
        {
            SetError(span, "response_truncated"u8);
        }
    }

    /// <summary>Sets route and error of a request that was not answered.</summary>
    public static void SetFailure(in PendingRequest request, ReadOnlySpan<byte> errorType)
    {
        request.Route?.Answered(known: true);
        SetRoute(request);
        SetError(request.Span, errorType);
    }

    /// <summary>Marks a request that was answered, but not where its answer could be read.</summary>
    public static void SetUnseen(in PendingRequest request)
    {
        request.Route?.Answered(known: true);
        SetRoute(request);
        request.Span.Set(Unseen, true);
    }

    private static void SetRoute(in PendingRequest request)
    {
        if (request.Route is { IsKnown: true } route)
        {
            request.Span.Set(SemanticAttributes.HttpRoute, route.Template, AttributeUse.Metric);
            request.Span.SetName(request.Method, route.Template);
        }
    }

    private static void SetError(SpanData span, ReadOnlySpan<byte> errorType)
    {
        span.Set(SemanticAttributes.ErrorType, errorType, AttributeUse.Metric);
        span.Status = SpanStatus.Error;
    }
}
