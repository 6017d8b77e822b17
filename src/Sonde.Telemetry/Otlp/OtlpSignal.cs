namespace Sonde.Telemetry.Otlp;

/// <summary>One kind of telemetry that OTLP carries, with the names that go with it.</summary>
public sealed class OtlpSignal
{
    /// <summary>Spans.</summary>
    public static readonly OtlpSignal Traces = new(
        "TRACES", "spans", "v1/traces", "opentelemetry.proto.collector.trace.v1.TraceService/Export");

    /// <summary>Metric points.</summary>
    public static readonly OtlpSignal Metrics = new(
        "METRICS", "metric points", "v1/metrics", "opentelemetry.proto.collector.metrics.v1.MetricsService/Export");

    private OtlpSignal(string variablePart, string items, string httpPath, string grpcMethod)
    {
        VariablePart = variablePart;
        Items = items;
        HttpPath = httpPath;
        GrpcMethod = grpcMethod;
    }

    /// <summary>What stands between <c>OTEL_EXPORTER_OTLP_</c> and the setting in the signal's own variables.</summary>
    public string VariablePart { get; }

    /// <summary>What is sent, for messages.</summary>
    public string Items { get; }

    /// <summary>Appended to <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (OTLP/HTTP).</summary>
    internal string HttpPath { get; }

    /// <summary>Service and method of OTLP/gRPC.</summary>
    internal string GrpcMethod { get; }
}
