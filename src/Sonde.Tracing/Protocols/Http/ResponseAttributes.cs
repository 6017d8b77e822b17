using System.Buffers.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Grpc;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Sets what is known when a request is over (HTTP semantic conventions 1.41).</summary>
internal static class ResponseAttributes
{
    private static readonly AttributeKey Unseen = new("sonde.http.response.unseen");

    /// <summary>Sets status, size, route and error.</summary>
    /// <param name="request">The request that was answered.</param>
    /// <param name="bodySize">The size of the response's body, or null when it is not certain.</param>
    /// <param name="failure">What ended the response before its end; empty when all of it has passed.</param>
    public static void Set(in PendingRequest request, ulong? bodySize, ReadOnlySpan<byte> failure)
    {
        SpanData span = request.Span;
        if (request.Kind == CallKind.Grpc)
        {
            GrpcAttributes.SetResponse(request, failure);
            return;
        }

        if (request.Status != 0)
        {
            span.Set(SemanticAttributes.HttpResponseStatusCode, request.Status, AttributeUse.Metric);
        }

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
        else if (failure.Length > 0)
        {
            SetError(span, failure);
        }
    }

    /// <summary>Sets route and error of a request that was not answered.</summary>
    public static void SetFailure(in PendingRequest request, ReadOnlySpan<byte> errorType)
    {
        if (request.Kind == CallKind.Grpc)
        {
            GrpcAttributes.SetResponse(request, errorType);
            return;
        }

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

    internal static void SetError(SpanData span, ReadOnlySpan<byte> errorType)
    {
        span.Set(SemanticAttributes.ErrorType, errorType, AttributeUse.Metric);
        span.Status = SpanStatus.Error;
    }
}
