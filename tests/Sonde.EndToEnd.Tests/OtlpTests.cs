using System.Diagnostics;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using Sonde.EndToEnd.Tests.Harness;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;
using OtlpSpan = OpenTelemetry.Proto.Trace.V1.Span;

namespace Sonde.EndToEnd.Tests;

/// <summary>The same spans, and the metrics of all requests, at a collector.</summary>
public sealed class OtlpTests
{
    private const int Requests = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    public async Task Spans_and_request_metrics_arrive(OtlpProtocol protocol)
    {
        await using Collector collector = await Collector.StartAsync(protocol);
        await using SondeProcess sonde = await SondeProcess.StartAsync(Environment(collector));
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        await CallAsync(server);
        await UntilAsync(() => Served(collector, server).Length >= Requests && Counted(collector, server) >= Requests);
        await StopAsync(sonde);

        OtlpSpan[] served = Served(collector, server);
        Assert.Equal(Requests, served.Length);
        Assert.Equal(Requests, Counted(collector, server));
        Assert.All(served, span => Assert.Equal("GET /hello", span.Name));
        Assert.Equal(Requests, served.Select(span => span.SpanId).Distinct().Count());
        // The connection to the collector is never traced, on neither side.
        Assert.DoesNotContain(Spans(collector), span => Port(span.Attributes) == collector.Port);
    }

    [Fact]
    public async Task What_is_pending_is_sent_before_it_ends()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        Dictionary<string, string> environment = Environment(collector);
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "60000";
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "60000";
        await using SondeProcess sonde = await SondeProcess.StartAsync(environment);
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        await CallAsync(server);
        await StopAsync(sonde);
        Assert.Equal(Requests, Served(collector, server).Length);
        Assert.Equal(Requests, Counted(collector, server));
    }

    [Fact]
    public async Task The_metrics_count_what_is_not_sampled()
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        Dictionary<string, string> environment = Environment(collector);
        environment["OTEL_EBPF_SAMPLE_RATE"] = "25";
        await using SondeProcess sonde = await SondeProcess.StartAsync(environment);
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        await CallAsync(server);
        await StopAsync(sonde);
        Assert.Equal(Requests, Counted(collector, server));
        // Out of 200 with a chance of 1/4: further off than this once in a hundred million runs.
        Assert.InRange(Served(collector, server).Length, 15, 90);
    }

    [Fact]
    public async Task A_collector_that_is_gone_does_not_keep_it_from_ending()
    {
        Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        Dictionary<string, string> environment = Environment(collector);
        await collector.DisposeAsync();
        await using SondeProcess sonde = await SondeProcess.StartAsync(environment);
        await using ServerProcess server = await Servers.StartAsync(Runtime.Go);
        await CallAsync(server);
        Stopwatch elapsed = Stopwatch.StartNew();
        await StopAsync(sonde);
        Assert.InRange(elapsed.Elapsed.TotalSeconds, 0, 6);
    }

    private static Dictionary<string, string> Environment(Collector collector) =>
        new(collector.Environment) { ["OTEL_METRIC_EXPORT_INTERVAL"] = "500", ["OTEL_BSP_SCHEDULE_DELAY"] = "200" };

    private static async Task CallAsync(ServerProcess server)
    {
        using Caller caller = new(server.Port, keepAlive: true);
        for (int i = 0; i < Requests; i++)
        {
            await caller.CallAsync("GET", "/hello");
        }
    }

    private static async Task StopAsync(SondeProcess sonde)
    {
        sonde.Process.Signal(ChildProcess.Interrupt);
        await sonde.Process.WaitForExitAsync(Patience);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !condition() && waited.Elapsed < Patience;)
        {
            await Task.Delay(50);
        }
    }

    private static IEnumerable<OtlpSpan> Spans(Collector collector) =>
        collector.Traces.SelectMany(request => request.ResourceSpans).SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans);

    private static OtlpSpan[] Served(Collector collector, ServerProcess server) =>
        [.. Spans(collector).Where(span => span.Kind == OtlpSpan.Types.SpanKind.Server && Port(span.Attributes) == server.Port)];

    /// <summary>What the server's histogram counts at last; its data points tell the server by its process.</summary>
    private static long Counted(Collector collector, ServerProcess server)
    {
        ResourceMetrics? last = collector.Metrics.SelectMany(request => request.ResourceMetrics).LastOrDefault(resource =>
            resource.Resource.Attributes.Any(attribute => attribute.Key == "process.pid" && attribute.Value.IntValue == server.Id)
            && resource.ScopeMetrics.SelectMany(scope => scope.Metrics).Any(metric => metric.Name == "http.server.request.duration"));
        return last?.ScopeMetrics.SelectMany(scope => scope.Metrics).Where(metric => metric.Name == "http.server.request.duration")
            .SelectMany(metric => metric.Histogram.DataPoints).Sum(point => (long)point.Count) ?? 0;
    }

    private static long? Port(IEnumerable<KeyValue> attributes) =>
        attributes.FirstOrDefault(attribute => attribute.Key == "server.port")?.Value.IntValue;
}
