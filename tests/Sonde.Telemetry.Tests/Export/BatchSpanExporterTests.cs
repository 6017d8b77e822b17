using System.Diagnostics;
using CsCheck;
using Grpc.Core;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;
using Proto = OpenTelemetry.Proto;

namespace Sonde.Telemetry.Tests.Export;

public sealed class BatchSpanExporterTests
{
    private readonly List<string> _log = [];

    public static TheoryData<OtlpProtocol> Protocols => [OtlpProtocol.HttpProtobuf, OtlpProtocol.Grpc];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Typical_span_arrives_as_it_was(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        await using BatchSpanExporter exporter = Start(collector);
        var span = new SpanData();
        TestSpans.SetTypical(span);
        exporter.Export(span);
        await exporter.FlushAsync(TimeSpan.FromSeconds(5));

        Proto.Trace.V1.ResourceSpans resource = collector.Traces.Single().ResourceSpans.Single();
        Assert.Equal("https://opentelemetry.io/schemas/1.41.0", resource.SchemaUrl);
        Assert.Equal("shop", resource.Resource.Attributes.Single(a => a.Key == "service.name").Value.StringValue);
        Assert.Equal(4711, resource.Resource.Attributes.Single(a => a.Key == "process.pid").Value.IntValue);
        Proto.Trace.V1.ScopeSpans scope = resource.ScopeSpans.Single();
        Assert.Equal("sonde", scope.Scope.Name);
        Assert.Equal("0.1.0", scope.Scope.Version);
        Proto.Trace.V1.Span decoded = scope.Spans.Single();
        Assert.Equal("GET /orders/{id}", decoded.Name);
        Assert.Equal("0AF7651916CD43DD8448EB211C80319C", Convert.ToHexString(decoded.TraceId.Span));
        Assert.Equal("B7AD6B7169203331", Convert.ToHexString(decoded.SpanId.Span));
        Assert.Equal("00F067AA0BA902B7", Convert.ToHexString(decoded.ParentSpanId.Span));
        Assert.Equal(0x301u, decoded.Flags);
        Assert.Equal(Proto.Trace.V1.Span.Types.SpanKind.Server, decoded.Kind);
        Assert.Equal(span.StartTime, decoded.StartTimeUnixNano);
        Assert.Equal(span.EndTime, decoded.EndTimeUnixNano);
        Assert.Null(decoded.Status);
        Assert.Equal(15, decoded.Attributes.Count);
        Assert.Equal("GET", decoded.Attributes.Single(a => a.Key == "http.request.method").Value.StringValue);
        Assert.Equal(200, decoded.Attributes.Single(a => a.Key == "http.response.status_code").Value.IntValue);
        Assert.Equal(1, exporter.Counters.Sent);
        Assert.Equal(0, exporter.Counters.Queued);
        Assert.Empty(_log);
    }

    [Fact]
    public async Task Any_span_comes_out_of_the_official_decoder_as_it_went_in()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        await using BatchSpanExporter exporter = Start(collector);
        var span = new SpanData();
        TestSpans.Any.Array[1, 20].Sample(
            models =>
            {
                foreach (TestSpans.SpanModel model in models)
                {
                    model.Set(span);
                    exporter.Export(span);
                }

                exporter.FlushAsync(TimeSpan.FromSeconds(10)).GetAwaiter().GetResult();
                Dictionary<string, Proto.Trace.V1.ResourceSpans> decoded = [];
                while (collector.Traces.TryDequeue(out var request))
                {
                    foreach (var resource in request.ResourceSpans)
                    {
                        Assert.True(decoded.TryAdd(resource.Resource.ToString(), resource), "one resource stands twice");
                    }
                }

                Assert.Equal(models.Select(m => m.Resource).Distinct().Count(), decoded.Count);
                foreach (IGrouping<int, TestSpans.SpanModel> group in models.GroupBy(m => m.Resource))
                {
                    Resource resource = TestSpans.SpanModel.Resources[group.Key];
                    var spans = decoded.Values.Single(r => SameAttributes(r.Resource.Attributes, resource.Attributes.Select(a => (a.Key, a.Value))))
                        .ScopeSpans.Single().Spans;
                    Assert.Equal(group.Count(), spans.Count);
                    foreach ((TestSpans.SpanModel model, Proto.Trace.V1.Span got) in group.Zip(spans))
                    {
                        AssertSame(model, got);
                    }
                }
            },
            iter: 200,
            threads: 1);
        Assert.Equal(0, exporter.Counters.Dropped);
    }

    [Fact]
    public async Task Export_does_not_allocate()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using BatchSpanExporter exporter = Start(collector, new BatchSettings { ScheduleDelay = TimeSpan.FromMinutes(1) });
        var span = new SpanData();
        TestSpans.SetTypical(span);
        for (int i = 0; i < 1000; i++)
        {
            exporter.Export(span);
        }

        await exporter.FlushAsync(TimeSpan.FromSeconds(5));
        exporter.Export(span);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            exporter.Export(span);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task Requests_stay_below_what_a_gRPC_server_takes_and_nothing_is_lost()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        await using BatchSpanExporter exporter = Start(collector);
        var span = new SpanData();
        for (int i = 0; i < 8_000; i++)
        {
            TestSpans.SetTypical(span);
            span.SpanId = new SpanId((ulong)i + 1);
            exporter.Export(span);
        }

        await exporter.FlushAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(8_000, collector.SpanCount);
        Assert.All(collector.Traces, request => Assert.InRange(request.CalculateSize(), 1, 1_200_000));
        Assert.Equal(
            Enumerable.Range(1, 8_000).Select(i => ((ulong)i).ToString("X16", null)),
            collector.Traces.SelectMany(r => r.ResourceSpans[0].ScopeSpans[0].Spans).Select(s => Convert.ToHexString(s.SpanId.Span)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Receiver_that_is_away_gets_everything_when_it_is_back(OtlpProtocol protocol)
    {
        int port;
        await using (Collector first = await Collector.StartAsync(protocol))
        {
            port = first.Port;
        }

        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf",
        };
        await using BatchSpanExporter exporter = Start(environment, new BatchSettings { ScheduleDelay = TimeSpan.FromMilliseconds(20) });
        var span = new SpanData();
        TestSpans.SetTypical(span);
        for (int i = 0; i < 3_000; i++)
        {
            exporter.Export(span);
        }

        await Until.TrueAsync(() => exporter.Counters.Retried > 0, "an attempt has failed");
        Assert.Equal(3_000, exporter.Counters.Queued);
        await using Collector back = await Collector.StartAsync(protocol, port);
        await Until.TrueAsync(() => exporter.Counters.Sent == 3_000, "all spans are sent");

        Assert.Equal(3_000, back.SpanCount);
        Assert.Equal(0, exporter.Counters.Dropped);
        Assert.Collection(
            Lines(),
            line => Assert.StartsWith($"cannot send spans to http://127.0.0.1:{port}: Connection refused", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"http://127.0.0.1:{port} takes spans again, after ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Full_queue_drops_the_oldest_and_counts_them()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        bool open = false;
        collector.Respond = _ => Volatile.Read(ref open) ? null : new Answer(HttpStatus: 503);
        await using BatchSpanExporter exporter = Start(collector, new BatchSettings { MaxQueueSize = 400, MaxExportBatchSize = 50 });
        var span = new SpanData();
        Export(1, 50);
        await Until.TrueAsync(() => collector.Attempts > 0, "the first batch is in flight");
        Export(51, 1_000);
        Assert.Equal(50 + 400, exporter.Counters.Queued);
        Assert.Equal(1_000 - 50 - 400, exporter.Counters.Dropped);

        Volatile.Write(ref open, true);
        await exporter.FlushAsync(TimeSpan.FromSeconds(10));
        int[] arrived = [.. collector.Traces.SelectMany(r => r.ResourceSpans[0].ScopeSpans[0].Spans)
            .Select(s => Convert.ToInt32(Convert.ToHexString(s.SpanId.Span), 16))];
        Assert.Equal([.. Enumerable.Range(1, 50), .. Enumerable.Range(601, 400)], arrived);
        Assert.Equal(450, exporter.Counters.Sent);

        void Export(int from, int to)
        {
            for (int i = from; i <= to; i++)
            {
                TestSpans.SetTypical(span);
                span.SpanId = new SpanId((ulong)i);
                exporter.Export(span);
            }
        }
    }

    [Fact]
    public async Task Queue_is_bounded_in_bytes_too()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Respond = _ => new Answer(HttpStatus: 503);
        await using BatchSpanExporter exporter = Start(collector);
        var span = new SpanData();
        byte[] text = new byte[4000];
        text.AsSpan().Fill((byte)'x');
        for (int i = 0; i < 5_000; i++)
        {
            TestSpans.SetTypical(span);
            span.Set(Attributes.SemanticAttributes.UrlPath, text);
            exporter.Export(span);
        }

        // 8 MiB of waiting spans of 4.7 kB, and a batch in flight.
        Assert.InRange(exporter.Counters.Queued, 1_000, 2_100);
        Assert.Equal(5_000, exporter.Counters.Queued + exporter.Counters.Dropped);
    }

    [Fact]
    public async Task Dispose_sends_what_is_pending()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        BatchSpanExporter exporter = Start(collector, new BatchSettings { ScheduleDelay = TimeSpan.FromMinutes(1) });
        var span = new SpanData();
        TestSpans.SetTypical(span);
        for (int i = 0; i < 100; i++)
        {
            exporter.Export(span);
        }

        var clock = Stopwatch.StartNew();
        await exporter.DisposeAsync();
        Assert.Equal(100, collector.SpanCount);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task Dispose_gives_up_after_five_seconds_and_counts_what_is_lost()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        collector.Respond = _ => new Answer(Hang: true);
        BatchSpanExporter exporter = Start(collector);
        var span = new SpanData();
        TestSpans.SetTypical(span);
        for (int i = 0; i < 100; i++)
        {
            exporter.Export(span);
        }

        var clock = Stopwatch.StartNew();
        await exporter.DisposeAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 4.5, 7);
        Assert.Equal(100, exporter.Counters.Dropped);
        Assert.Equal(0, exporter.Counters.Queued);
        Assert.Equal(["100 spans could not be sent before the end and are lost"], Lines());
        exporter.Export(span);
        Assert.Equal(101, exporter.Counters.Dropped);
    }

    [Fact]
    public async Task Spans_are_sent_when_the_delay_has_passed()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using BatchSpanExporter exporter = Start(collector, new BatchSettings { ScheduleDelay = TimeSpan.FromMilliseconds(100) });
        var span = new SpanData();
        TestSpans.SetTypical(span);
        exporter.Export(span);
        await Until.TrueAsync(() => collector.SpanCount == 1, "the span arrives");
    }

    [Fact]
    public async Task Export_timeout_drops_what_cannot_be_sent_within_it()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        collector.Respond = _ => new Answer(Status: StatusCode.Unavailable);
        await using BatchSpanExporter exporter = Start(
            collector,
            new BatchSettings { ScheduleDelay = TimeSpan.FromMilliseconds(10), ExportTimeout = TimeSpan.FromSeconds(3) });
        var span = new SpanData();
        TestSpans.SetTypical(span);
        exporter.Export(span);
        await Until.TrueAsync(() => exporter.Counters.Dropped == 1, "the span is given up");
        Assert.True(collector.Attempts > 0);
    }

    private static void AssertSame(TestSpans.SpanModel model, Proto.Trace.V1.Span got)
    {
        Assert.Equal($"{model.Ids[0]:X16}{model.Ids[1]:X16}", Convert.ToHexString(got.TraceId.Span));
        Assert.Equal($"{model.Ids[2]:X16}", Convert.ToHexString(got.SpanId.Span));
        Assert.Equal(model.Flags[0] && model.Ids[3] != 0 ? $"{model.Ids[3]:X16}" : "", Convert.ToHexString(got.ParentSpanId.Span));
        Assert.Equal(0x101u | (model.Flags[1] ? 0x200u : 0), got.Flags);
        Assert.Equal(model.Kind, (int)got.Kind);
        Assert.Equal(model.Times[0], got.StartTimeUnixNano);
        Assert.Equal(model.Times[1], got.EndTimeUnixNano);
        Assert.Equal(model.Status, (int)(got.Status?.Code ?? 0));
        Assert.Equal(Utf8(model.Name), got.Name);
        Assert.True(SameAttributes(got.Attributes, model.Expected), "attributes differ");
    }

    private static bool SameAttributes(
        IEnumerable<Proto.Common.V1.KeyValue> got, IEnumerable<(string Key, object Value)> expected) =>
        got.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={Text(a.Value)}")
            .SequenceEqual(expected.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={Text(a.Value)}"));

    private static string Text(Proto.Common.V1.AnyValue value) => value.ValueCase switch
    {
        Proto.Common.V1.AnyValue.ValueOneofCase.StringValue => Text((object)value.StringValue),
        Proto.Common.V1.AnyValue.ValueOneofCase.IntValue => Text((object)value.IntValue),
        Proto.Common.V1.AnyValue.ValueOneofCase.DoubleValue => Text((object)value.DoubleValue),
        Proto.Common.V1.AnyValue.ValueOneofCase.BoolValue => Text((object)value.BoolValue),
        Proto.Common.V1.AnyValue.ValueOneofCase.ArrayValue => Text(value.ArrayValue.Values.Select(v => v.StringValue).ToArray()),
        _ => "nothing",
    };

    private static string Text(object value) => value switch
    {
        string text => $"text {Utf8(text)}",
        double number => $"double {BitConverter.DoubleToInt64Bits(number):x}",
        string[] texts => $"texts {string.Join('|', texts.Select(Utf8))}",
        _ => $"{value.GetType().Name} {value}",
    };

    /// <summary>What becomes of a text that UTF-8 cannot express or that is longer than what is kept.</summary>
    private static string Utf8(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, SpanData.MaxTextLength);
        while (length < bytes.Length && (bytes[length] & 0xc0) == 0x80)
        {
            length--;
        }

        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }

    private BatchSpanExporter Start(Collector collector, BatchSettings? settings = null) => Start(collector.Environment, settings);

    private BatchSpanExporter Start(Dictionary<string, string> environment, BatchSettings? settings = null)
    {
        List<string> warnings = [];
        OtlpSettings otlp = OtlpSettings.Read(OtlpSignal.Traces, name => environment.GetValueOrDefault(name), warnings);
        Assert.Empty(warnings);
        return new BatchSpanExporter(otlp, settings ?? new BatchSettings(), Log);
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
