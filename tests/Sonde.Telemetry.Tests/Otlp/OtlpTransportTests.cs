using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Spans;
using Xunit;

namespace Sonde.Telemetry.Tests.Otlp;

/// <summary>What goes over the wire beside the spans, and what Sonde makes of the answers.</summary>
public sealed class OtlpTransportTests
{
    private readonly List<string> _log = [];

    public static TheoryData<OtlpProtocol> Protocols => [OtlpProtocol.HttpProtobuf, OtlpProtocol.Grpc];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Headers_and_compression_are_sent(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        await using BatchSpanExporter exporter = Start(collector, new()
        {
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-api-key=s%3Decret%2C1, x-tenant = shop",
            ["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip",
        });
        await SendAsync(exporter, 500);

        Assert.Equal(500, collector.SpanCount);
        Assert.True(collector.Headers.TryPeek(out var headers));
        Assert.Equal("s=ecret,1", headers["x-api-key"]);
        Assert.Equal("shop", headers["x-tenant"]);
        // The gRPC server takes its own header away; it could not have decoded the spans without.
        Assert.Equal(protocol == OtlpProtocol.Grpc ? null : "gzip", (string?)headers.ContentEncoding);
        Assert.Equal(protocol == OtlpProtocol.Grpc ? "application/grpc" : "application/x-protobuf", headers.ContentType);
        Assert.StartsWith("sonde", headers.UserAgent, StringComparison.Ordinal);
        Assert.InRange(headers.ContentLength ?? 0, 1, 30_000);
        Assert.False(headers.ContainsKey("traceparent"));
    }

    [Fact]
    public async Task Path_of_a_general_endpoint_is_completed_and_that_of_a_signal_is_not()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using (BatchSpanExporter exporter = Start(collector, new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint + "/base/" }))
        {
            await SendAsync(exporter, 1);
        }

        await using (BatchSpanExporter exporter = Start(collector, new() { ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.Endpoint + "/own" }))
        {
            await SendAsync(exporter, 1);
        }

        Assert.Equal(["/base/v1/traces", "/own"], collector.Paths);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Tls_with_an_authority_and_a_client_certificate(OtlpProtocol protocol)
    {
        using var certificates = new Certificates();
        await using Collector collector = await Collector.StartAsync(protocol, 0, certificates.Server, certificates.Client);
        await using BatchSpanExporter exporter = Start(collector, new()
        {
            ["OTEL_EXPORTER_OTLP_CERTIFICATE"] = certificates.AuthorityFile,
            ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"] = certificates.ClientFile,
            ["OTEL_EXPORTER_OTLP_CLIENT_KEY"] = certificates.ClientKeyFile,
        });
        await SendAsync(exporter, 3);
        Assert.StartsWith("https://", collector.Endpoint, StringComparison.Ordinal);
        Assert.Equal(3, collector.SpanCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Server_that_the_authority_did_not_sign_gets_nothing(bool otherAuthority)
    {
        using var certificates = new Certificates();
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf, 0, certificates.Server);
        await using BatchSpanExporter exporter = Start(
            collector, otherAuthority ? new() { ["OTEL_EXPORTER_OTLP_CERTIFICATE"] = certificates.OtherFile } : []);
        Export(exporter, 1);
        Task flush = exporter.FlushAsync(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => exporter.Counters.Retried > 0, "the attempt has failed");
        Assert.Equal(0, collector.Attempts);
        Assert.Contains("certificate", Assert.Single(Lines()), StringComparison.OrdinalIgnoreCase);
        await flush;
    }

    [Fact]
    public void File_that_cannot_be_used_is_named()
    {
        using var certificates = new Certificates();
        string empty = certificates.Write("empty.pem", "nothing");
        OtlpSettings settings = OtlpSettings.Read(OtlpSignal.Traces, _ => null, []);
        foreach (OtlpSettings wrong in (OtlpSettings[])
            [
                settings with { CertificateFile = "/nowhere/ca.pem" },
                settings with { CertificateFile = empty },
                settings with { ClientCertificateFile = certificates.ClientFile, ClientKeyFile = empty },
            ])
        {
            var problem = Assert.Throws<OtlpSettingsException>(() => new BatchSpanExporter(wrong, new BatchSettings(), _log.Add));
            Assert.Contains(wrong.CertificateFile ?? wrong.ClientKeyFile!, problem.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(307, false)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(404, false)]
    [InlineData(413, false)]
    [InlineData(500, false)]
    public async Task Http_status_is_tried_again_or_not(int status, bool again)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await AssertTriedAgainAsync(collector, new Answer(HttpStatus: status, Message: "because\r\nof that"), again);
        Assert.Contains($"HTTP {status}: because  of that", Lines()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCode.Cancelled, true)]
    [InlineData(StatusCode.DeadlineExceeded, true)]
    [InlineData(StatusCode.Aborted, true)]
    [InlineData(StatusCode.OutOfRange, true)]
    [InlineData(StatusCode.Unavailable, true)]
    [InlineData(StatusCode.DataLoss, true)]
    [InlineData(StatusCode.ResourceExhausted, false)]
    [InlineData(StatusCode.InvalidArgument, false)]
    [InlineData(StatusCode.Unauthenticated, false)]
    [InlineData(StatusCode.Unimplemented, false)]
    [InlineData(StatusCode.Internal, false)]
    public async Task Grpc_status_is_tried_again_or_not(StatusCode status, bool again)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        await AssertTriedAgainAsync(collector, new Answer(Status: status, Message: "wegen ä%"), again);
        Assert.Contains($"gRPC status {(int)status} ({status}): wegen ä%", Lines()[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await AssertWaitedAsync(collector, new Answer(HttpStatus: 503, RetryAfter: "2"));
    }

    [Fact]
    public async Task Retry_info_is_waited_for_and_makes_resource_exhausted_retryable()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        await AssertWaitedAsync(collector, new Answer(
            Status: StatusCode.ResourceExhausted,
            Trailers: [new Metadata.Entry("grpc-status-details-bin", RetryInfo(seconds: 1, nanoseconds: 900_000_000))]));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Partial_success_is_counted_and_not_tried_again(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        collector.Respond = _ => new Answer(Rejected: 3, Message: "too old");
        await using BatchSpanExporter exporter = Start(collector, []);
        await SendAsync(exporter, 10);
        await SendAsync(exporter, 10);
        Assert.Equal(2, collector.Attempts);
        Assert.Equal((14, 6, 0), (exporter.Counters.Sent, exporter.Counters.Rejected, exporter.Counters.Dropped));
        Assert.EndsWith("did not take 3 spans of a request: too old", Assert.Single(Lines()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Receiver_that_does_not_answer_in_time_is_tried_again(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        collector.Respond = attempt => attempt == 1 ? new Answer(Hang: true) : null;
        await using BatchSpanExporter exporter = Start(collector, new() { ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "200" });
        await SendAsync(exporter, 1);
        Assert.Equal(2, collector.Attempts);
        Assert.Equal(1, collector.SpanCount);
    }

    [Fact]
    public async Task Endpoint_that_speaks_another_protocol_is_reported()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using BatchSpanExporter exporter = Start(collector, new() { ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc" });
        Export(exporter, 1);
        Task flush = exporter.FlushAsync(TimeSpan.FromSeconds(1));
        await Until.TrueAsync(() => Lines().Length > 0, "a line is written");
        Assert.StartsWith($"cannot send spans to {collector.Endpoint}: ", Lines()[0], StringComparison.Ordinal);
        await flush;
    }

    private async Task AssertTriedAgainAsync(Collector collector, Answer answer, bool again)
    {
        collector.Respond = attempt => attempt == 1 ? answer : null;
        await using BatchSpanExporter exporter = Start(collector, []);
        await SendAsync(exporter, 2);
        Assert.Equal(again ? 2 : 1, collector.Attempts);
        Assert.Equal(again ? (2, 0, 2) : (0, 2, 0), (exporter.Counters.Sent, exporter.Counters.Dropped, exporter.Counters.Retried));
    }

    private async Task AssertWaitedAsync(Collector collector, Answer answer)
    {
        collector.Respond = attempt => attempt == 1 ? answer : null;
        await using BatchSpanExporter exporter = Start(collector, []);
        var clock = Stopwatch.StartNew();
        await SendAsync(exporter, 1);
        Assert.Equal(1, collector.SpanCount);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.8, 8);
    }

    /// <summary><c>google.rpc.Status</c> with a <c>google.rpc.RetryInfo</c> in its details.</summary>
    private static byte[] RetryInfo(int seconds, int nanoseconds)
    {
        byte[] duration = Message(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt64(seconds);
            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteInt32(nanoseconds);
        });
        byte[] info = Message(output => WriteBytes(output, 1, duration));
        byte[] any = Message(output =>
        {
            WriteBytes(output, 1, "type.googleapis.com/google.rpc.RetryInfo"u8.ToArray());
            WriteBytes(output, 2, info);
        });
        return Message(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt32(8);
            WriteBytes(output, 2, "slow down"u8.ToArray());
            WriteBytes(output, 3, any);
        });

        static byte[] Message(Action<CodedOutputStream> write)
        {
            using var stream = new MemoryStream();
            using (var output = new CodedOutputStream(stream, leaveOpen: true))
            {
                write(output);
            }

            return stream.ToArray();
        }

        static void WriteBytes(CodedOutputStream output, int field, byte[] bytes)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }
    }

    private static void Export(BatchSpanExporter exporter, int spans)
    {
        var span = new SpanData();
        TestSpans.SetTypical(span);
        for (int i = 0; i < spans; i++)
        {
            exporter.Export(span);
        }
    }

    private static async Task SendAsync(BatchSpanExporter exporter, int spans)
    {
        Export(exporter, spans);
        // Long enough for retries; a flush cuts the waits that nobody asked for short.
        await exporter.FlushAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, exporter.Counters.Queued);
    }

    private BatchSpanExporter Start(Collector collector, Dictionary<string, string> variables)
    {
        Dictionary<string, string> environment = collector.Environment;
        foreach ((string name, string value) in variables)
        {
            environment[name] = value;
        }

        List<string> warnings = [];
        OtlpSettings otlp = OtlpSettings.Read(OtlpSignal.Traces, name => environment.GetValueOrDefault(name), warnings);
        Assert.Empty(warnings);
        return new BatchSpanExporter(otlp, new BatchSettings(), Log);
    }

    private void Log(string line)
    {
        lock (_log)
        {
            _log.Add(line);
        }
    }

    private string[] Lines()
    {
        lock (_log)
        {
            return [.. _log];
        }
    }
}
