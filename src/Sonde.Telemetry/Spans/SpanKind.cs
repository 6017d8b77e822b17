namespace Sonde.Telemetry.Spans;

/// <summary>The role of a span; the values are those of <c>opentelemetry.proto.trace.v1.Span.SpanKind</c>.</summary>
public enum SpanKind
{
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

/// <summary>The status of a span; the values are those of <c>opentelemetry.proto.trace.v1.Status.StatusCode</c>.</summary>
public enum SpanStatus
{
    Unset = 0,
    Ok = 1,
    Error = 2,
}
