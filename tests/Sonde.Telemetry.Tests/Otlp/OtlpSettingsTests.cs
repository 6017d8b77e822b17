using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;
using Xunit;

namespace Sonde.Telemetry.Tests.Otlp;

public sealed class OtlpSettingsTests
{
    private readonly List<string> _warnings = [];

    [Theory]
    [InlineData("", "http://localhost:4318/v1/traces", OtlpProtocol.HttpProtobuf)]
    [InlineData("PROTOCOL=grpc", "http://localhost:4317/", OtlpProtocol.Grpc)]
    [InlineData("ENDPOINT=http://c:4318", "http://c:4318/v1/traces", OtlpProtocol.HttpProtobuf)]
    [InlineData("ENDPOINT=http://c:4318/", "http://c:4318/v1/traces", OtlpProtocol.HttpProtobuf)]
    [InlineData("ENDPOINT=http://c/x?k=v", "http://c/x/v1/traces?k=v", OtlpProtocol.HttpProtobuf)]
    [InlineData("ENDPOINT=http://c:4317", "http://c:4317/", OtlpProtocol.Grpc)]
    [InlineData("ENDPOINT=http://c:4317 PROTOCOL=http/protobuf", "http://c:4317/v1/traces", OtlpProtocol.HttpProtobuf)]
    [InlineData("ENDPOINT=https://c:4317/ignored", "https://c:4317/", OtlpProtocol.Grpc)]
    [InlineData("ENDPOINT=https://c PROTOCOL=grpc", "https://c/", OtlpProtocol.Grpc)]
    [InlineData("ENDPOINT=c:4317", "https://c:4317/", OtlpProtocol.Grpc)]
    [InlineData("ENDPOINT=c:4317 INSECURE=true", "http://c:4317/", OtlpProtocol.Grpc)]
    [InlineData("TRACES_ENDPOINT=http://t/own ENDPOINT=http://c", "http://t/own", OtlpProtocol.HttpProtobuf)]
    [InlineData("TRACES_PROTOCOL=grpc PROTOCOL=http/protobuf", "http://localhost:4317/", OtlpProtocol.Grpc)]
    [InlineData("METRICS_ENDPOINT=http://m/own ENDPOINT=http://c", "http://c/v1/traces", OtlpProtocol.HttpProtobuf)]
    public void Endpoint_and_protocol(string variables, string endpoint, OtlpProtocol protocol)
    {
        OtlpSettings settings = Read(variables);
        Uri expected = new(endpoint);
        Uri actual = protocol == OtlpProtocol.Grpc ? new Uri(settings.Endpoint, "/") : settings.Endpoint;
        Assert.Equal((expected, protocol), (actual, settings.Protocol));
        if (protocol == OtlpProtocol.Grpc)
        {
            Assert.Equal("/opentelemetry.proto.collector.trace.v1.TraceService/Export", settings.Endpoint.AbsolutePath);
        }

        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("ENDPOINT=localhost", "OTEL_EXPORTER_OTLP_ENDPOINT=localhost is not an address: write it as http://host:port or https://host:port.")]
    [InlineData("ENDPOINT=ftp://c", "OTEL_EXPORTER_OTLP_ENDPOINT=ftp://c is not an address")]
    [InlineData("TRACES_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json is not supported: use grpc or http/protobuf.")]
    [InlineData("COMPRESSION=zstd", "OTEL_EXPORTER_OTLP_COMPRESSION=zstd is not supported: use gzip or none.")]
    [InlineData("TIMEOUT=10s", "OTEL_EXPORTER_OTLP_TIMEOUT=10s is not a number of milliseconds from 0 to 2147483647: 10000 is used.")]
    [InlineData("TIMEOUT=-1", "OTEL_EXPORTER_OTLP_TIMEOUT=-1 is not a number")]
    [InlineData("HEADERS=secret", "OTEL_EXPORTER_OTLP_HEADERS has an entry that is not name=value: '…'.")]
    [InlineData("HEADERS=a%0Ab=c", "OTEL_EXPORTER_OTLP_HEADERS has an entry that is not name=value: 'a%0Ab'.")]
    [InlineData("CLIENT_KEY=/k", "OTEL_EXPORTER_OTLP_CLIENT_KEY is set without OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")]
    [InlineData("ENDPOINT=c:4317 INSECURE=yes", "OTEL_EXPORTER_OTLP_INSECURE=yes is neither true nor false")]
    public void Wrong_value_is_named_and_the_default_used(string variables, string warning)
    {
        OtlpSettings settings = Read(variables);
        Assert.StartsWith(warning, Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _warnings[0], StringComparison.Ordinal);
        Assert.Empty(settings.Headers);
        Assert.False(settings.Compress);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.AttemptTimeout);
        Assert.Null(settings.ClientKeyFile);
    }

    [Fact]
    public void Signal_has_its_own_forms_and_empty_is_unset()
    {
        OtlpSettings settings = Read(
            "HEADERS=a=b,c=d%20e TRACES_HEADERS=x=y TIMEOUT=1000 TRACES_TIMEOUT= COMPRESSION=none TRACES_COMPRESSION=gzip "
            + "CERTIFICATE=/general TRACES_CERTIFICATE=/own CLIENT_CERTIFICATE=/cert TRACES_CLIENT_KEY=/key");
        Assert.Equal([new("x", "y")], settings.Headers);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.AttemptTimeout);
        Assert.True(settings.Compress);
        Assert.Equal(("/own", "/cert", "/key"), (settings.CertificateFile, settings.ClientCertificateFile, settings.ClientKeyFile));
        Assert.Equal(Timeout.InfiniteTimeSpan, Read("TIMEOUT=0").AttemptTimeout);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Endpoint_of_one_signal_does_not_ask_for_the_other()
    {
        Func<string, string?> environment = Environment("TRACES_ENDPOINT=http://c");
        Assert.True(OtlpSettings.IsEndpointSet(OtlpSignal.Traces, environment));
        Assert.False(OtlpSettings.IsEndpointSet(OtlpSignal.Metrics, environment));
        Assert.False(OtlpSettings.IsEndpointSet(OtlpSignal.Traces, _ => " "));
    }

    [Fact]
    public void Batch_settings_are_read()
    {
        BatchSettings settings = ReadBatch(new()
        {
            ["OTEL_BSP_SCHEDULE_DELAY"] = "250",
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "1000",
            ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "100",
            ["OTEL_BSP_EXPORT_TIMEOUT"] = "5000",
        });
        Assert.Equal(
            new BatchSettings
            {
                ScheduleDelay = TimeSpan.FromMilliseconds(250),
                MaxQueueSize = 1000,
                MaxExportBatchSize = 100,
                ExportTimeout = TimeSpan.FromSeconds(5),
            },
            settings);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Batch_settings_that_are_wrong_are_named()
    {
        BatchSettings settings = ReadBatch(new()
        {
            ["OTEL_BSP_SCHEDULE_DELAY"] = "soon",
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "0",
            ["OTEL_BSP_EXPORT_TIMEOUT"] = "-5",
        });
        Assert.Equal(new BatchSettings(), settings);
        Assert.Equal(
            [
                "OTEL_BSP_MAX_QUEUE_SIZE=0 is not a number from 1 to 2147483647: 16384 is used.",
                "OTEL_BSP_EXPORT_TIMEOUT=-5 is not a number of milliseconds from 0 to 2147483647: no limit is used.",
                "OTEL_BSP_SCHEDULE_DELAY=soon is not a number of milliseconds from 0 to 2147483647: 1000 is used.",
            ],
            _warnings);
        ReadBatch(new() { ["OTEL_BSP_MAX_QUEUE_SIZE"] = "10", ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "11" });
        Assert.StartsWith("OTEL_BSP_MAX_EXPORT_BATCH_SIZE=11 is more than the queue holds: 10", _warnings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_settings_are_read()
    {
        Dictionary<string, string> variables = new()
        {
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
            ["OTEL_METRIC_EXPORT_TIMEOUT"] = "0",
            ["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] = "LowMemory",
        };
        MetricReaderSettings settings = MetricReaderSettings.Read(name => variables.GetValueOrDefault(name), _warnings);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Interval);
        Assert.Equal(TemporalityPreference.LowMemory, settings.Temporality);
        Assert.Equal(
            "OTEL_METRIC_EXPORT_TIMEOUT=0 is not a number of milliseconds from 1 to 2147483647: 30000 is used.",
            Assert.Single(_warnings));
    }

    private BatchSettings ReadBatch(Dictionary<string, string> variables) =>
        BatchSettings.Read(name => variables.GetValueOrDefault(name), _warnings);

    private OtlpSettings Read(string variables) => OtlpSettings.Read(OtlpSignal.Traces, Environment(variables), _warnings);

    /// <summary>Variables without their common beginning, parted by spaces.</summary>
    private static Func<string, string?> Environment(string variables)
    {
        Dictionary<string, string> environment = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('=', 2))
            .ToDictionary(pair => "OTEL_EXPORTER_OTLP_" + pair[0], pair => pair[1]);
        return name => environment.GetValueOrDefault(name);
    }
}
