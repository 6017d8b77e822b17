using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Protocols.Grpc;

/// <summary>Sets what is known of a gRPC call (RPC semantic conventions 1.41).</summary>
internal static class GrpcAttributes
{
    private static readonly AttributeKey System = new("rpc.system.name");
    private static readonly AttributeKey Method = new("rpc.method");
    private static readonly AttributeKey StatusCode = new("rpc.response.status_code");

    private static readonly RequestInstrument ServerInstrument =
        new("rpc.server.call.duration", "Measures the duration of inbound remote procedure calls (RPC).");

    private static readonly RequestInstrument ClientInstrument =
        new("rpc.client.call.duration", "Measures the duration of outbound remote procedure calls (RPC).");

    /// <summary>Sets name, instrument and what the request says.</summary>
    public static void SetRequest(SpanData span, in RequestFields fields, IConversation conversation)
    {
        bool isServer = span.Kind == SpanKind.Server;
        RequestTarget target = RequestTarget.Parse(fields.Target, isConnect: false);
        ReadOnlySpan<byte> method = target.HasPath ? target.Path[1..] : RequestFields.Unknown;
        span.Instrument = isServer ? ServerInstrument : ClientInstrument;
        span.SetName(method);
        span.Set(System, "grpc"u8, AttributeUse.Metric);
        span.Set(Method, method, AttributeUse.Metric);
        RequestEnds.SetServer(
            span,
            RequestEnds.Server(fields, target, isServer),
            RequestEnds.Scheme(fields, target, conversation, isServer),
            conversation,
            isServer);
        if (span.IsSampled)
        {
            RequestEnds.SetPeer(span, conversation, isServer);
        }
    }

    /// <summary>Sets how the call ended.</summary>
    /// <param name="request">The call.</param>
    /// <param name="failure">What ended it instead of an answer; empty when none did.</param>
    public static void SetResponse(in PendingRequest request, ReadOnlySpan<byte> failure)
    {
        SpanData span = request.Span;
        if ((request.GrpcStatus ?? GrpcStatuses.OfHttp(request.Status)) is not { } status)
        {
            if (failure.Length > 0)
            {
                ResponseAttributes.SetError(span, failure);
            }

            return;
        }

        ReadOnlySpan<byte> name = GrpcStatuses.Name(status);
        span.Set(StatusCode, name, AttributeUse.Metric);
        if (GrpcStatuses.IsError(status, span.Kind == SpanKind.Server))
        {
            ResponseAttributes.SetError(span, name);
        }
    }
}
