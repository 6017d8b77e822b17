using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// Writes a span as <c>opentelemetry.proto.trace.v1.Span</c> (trace.proto), framed as the <c>spans</c> field of its
/// <c>ScopeSpans</c>, so that a request is put together by copying.
/// </summary>
internal static class SpanEncoder
{
    /// <summary><c>ScopeSpans.spans</c>.</summary>
    private const int ScopeSpansField = 2;

    private const int TraceIdField = 1;
    private const int SpanIdField = 2;
    private const int ParentSpanIdField = 4;
    private const int NameField = 5;
    private const int KindField = 6;
    private const int StartTimeField = 7;
    private const int EndTimeField = 8;
    private const int AttributesField = 9;
    private const int StatusField = 15;
    private const int FlagsField = 16;

    /// <summary><c>Status.code</c>; the message (2) stays away, since it must not repeat what <c>error.type</c> says.</summary>
    private const int StatusCodeField = 3;

    /// <summary>Bits 0 to 7 of <c>Span.flags</c> are the W3C trace flags, of which this says sampled.</summary>
    private const uint SampledFlag = 0x01;

    /// <summary><c>SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK</c>: bit 9 is known.</summary>
    private const uint HasIsRemoteFlag = 0x100;

    /// <summary><c>SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK</c>: the parent is remote.</summary>
    private const uint IsRemoteFlag = 0x200;

    /// <summary>Writes the span. Does not allocate once the writer's buffer is large enough.</summary>
    public static void Write(ProtobufWriter writer, SpanData span)
    {
        Span<byte> id = stackalloc byte[16];
        int message = writer.Begin(ScopeSpansField);

        span.TraceId.CopyTo(id);
        writer.Bytes(TraceIdField, id);
        span.SpanId.CopyTo(id);
        writer.Bytes(SpanIdField, id[..8]);
        if (span.ParentSpanId.IsValid)
        {
            span.ParentSpanId.CopyTo(id);
            writer.Bytes(ParentSpanIdField, id[..8]);
        }

        writer.Bytes(NameField, span.Name);
        writer.Varint(KindField, (ulong)span.Kind);
        writer.Fixed64(StartTimeField, span.StartTime);
        writer.Fixed64(EndTimeField, span.EndTime);
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            AttributeEncoder.Write(writer, AttributesField, span, attribute);
        }

        if (span.Status != SpanStatus.Unset)
        {
            int status = writer.Begin(StatusField);
            writer.Varint(StatusCodeField, (ulong)span.Status);
            writer.End(status);
        }

        writer.Fixed32(
            FlagsField,
            (span.IsSampled ? SampledFlag : 0) | HasIsRemoteFlag | (span.ParentIsRemote ? IsRemoteFlag : 0));
        writer.End(message);
    }
}
