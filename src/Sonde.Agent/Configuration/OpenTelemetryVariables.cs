using Sonde.Telemetry.Export;

namespace Sonde.Agent.Configuration;

/// <summary>A variable whose meaning is OpenTelemetry's.</summary>
/// <param name="Name">The environment variable.</param>
/// <param name="Default">What holds when it is not set.</param>
/// <param name="Description">One sentence.</param>
/// <param name="IsSecret">Whether its value is not shown.</param>
internal sealed record OpenTelemetryVariable(string Name, string Default, string Description, bool IsSecret = false);

/// <summary>The variables of OpenTelemetry's specification that Sonde obeys. They have no place in the settings file.</summary>
internal static class OpenTelemetryVariables
{
    /// <summary>All of them, in the order of the documentation.</summary>
    public static IReadOnlyList<OpenTelemetryVariable> All { get; } =
    [
        new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "Where OTLP goes; when set, spans and metrics are sent there."),
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", "`grpc` or `http/protobuf`; an endpoint on port 4317 is `grpc` without being told."),
        new("OTEL_EXPORTER_OTLP_HEADERS", "", "Headers of every request, `key=value,key=value`.", IsSecret: true),
        new("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", "Milliseconds that one attempt may take."),
        new("OTEL_EXPORTER_OTLP_COMPRESSION", "none", "`gzip` or `none`."),
        new("OTEL_EXPORTER_OTLP_CERTIFICATE", "", "PEM file with the certificates to trust, in place of the system's."),
        new("OTEL_EXPORTER_OTLP_CLIENT_KEY", "", "PEM file with the client's private key."),
        new("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "", "PEM file with the client's certificate and its chain."),
        new("OTEL_EXPORTER_OTLP_TRACES_…, …_METRICS_…", "", "Each of the above for one signal; it wins. An endpoint is then used as it stands, path included."),
        new("OTEL_TRACES_EXPORTER", "otlp with an endpoint, else console", $"Where spans go: {ListOf<ISpanExporterFactory>()}."),
        new("OTEL_METRICS_EXPORTER", "otlp with an endpoint, else none", $"Where metrics go: {ListOf<IMetricReaderFactory>()}."),
        new("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost", "Where Prometheus finds `/metrics`: a name or an address of this machine."),
        new("OTEL_EXPORTER_PROMETHEUS_PORT", "9464", "The port of it."),
        new("OTEL_TRACES_SAMPLER", "parentbased_always_on", "`always_on`, `always_off`, `traceidratio`, or one of them with `parentbased_` before it."),
        new("OTEL_TRACES_SAMPLER_ARG", "1", "The ratio of `traceidratio`, 0 to 1."),
        new("OTEL_BSP_SCHEDULE_DELAY", "1000", "Milliseconds that a span waits for others at most."),
        new("OTEL_BSP_EXPORT_TIMEOUT", "0", "Milliseconds after which a batch is given up; 0 is as long as the queue has room."),
        new("OTEL_BSP_MAX_QUEUE_SIZE", "16384", "Spans that may wait; beyond it the oldest are dropped, and counted."),
        new("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2048", "Spans of one request at most."),
        new("OTEL_METRIC_EXPORT_INTERVAL", "60000", "Milliseconds between two collections."),
        new("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative", "`cumulative`, `delta` or `lowmemory`."),
        new("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "GET,POST,PUT,DELETE,HEAD,PATCH,OPTIONS,CONNECT,TRACE,QUERY", "All HTTP methods that are told as they are; others are `_OTHER`."),
        new("OTEL_SERVICE_NAME", "", "`service.name` of Sonde itself."),
        new("OTEL_RESOURCE_ATTRIBUTES", "", "Attributes of Sonde itself, `key=value,key=value`. Those of an observed process are read from its own environment."),
        new("OTEL_SDK_DISABLED", "false", "`true`: nothing is observed or sent."),
    ];

    private static string ListOf<T>()
        where T : IExporter => $"a list of {string.Join(", ", ExportSettings.Taking<T>().Select(exporter => $"`{exporter.Name}`"))}, or `none`";
}
