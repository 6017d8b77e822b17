using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using Sonde.EndToEnd.Tests.Harness;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>The samples, which use the official OpenTelemetry SDK: what was made to happen arrives at a collector.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PatienceToPublish = TimeSpan.FromMinutes(8);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Name_resolutions_arrive_as_a_histogram(bool isNative)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        await using ChildProcess sample = await StartAsync(await ProgramAsync("DnsLatency", isNative), collector);
        await using ChildProcess python = ChildProcess.Start("python3", ["-c", "import socket\nfor i in range(7): socket.getaddrinfo('localhost', 80)"]);
        await UntilAsync(() => python.HasExited);
        await StopAsync(sample);

        HistogramDataPoint[] points = [.. Metrics(collector, "dns.resolution.duration").SelectMany(metric => metric.Histogram.DataPoints)
            .Where(point => point.Attributes.Any(each => each.Key == "process.pid" && each.Value.IntValue == python.Id))];
        HistogramDataPoint last = points[^1];
        Assert.Equal(7UL, last.Count);
        Assert.Equal(7UL, last.BucketCounts.Aggregate((one, other) => one + other));
        Assert.Contains(last.Attributes, each => each.Key == "process.name" && each.Value.StringValue == "python3");
        Assert.InRange(last.Sum, last.Min * 7, last.Max * 7);
        // Bounds are the kernel's buckets, exact in milliseconds.
        Assert.Contains(0.002047, last.ExplicitBounds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retransmissions_arrive_as_a_counter(bool isNative)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using ChildProcess sample = await StartAsync(await ProgramAsync("TcpRetransmissions", isNative), collector);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        // The queue of those that wait to be accepted holds two; the others' SYNs are thrown away, and sent again after a second.
        Socket[] clients = [.. Enumerable.Range(0, 5).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false })];
        foreach (Socket client in clients)
        {
            Assert.Throws<SocketException>(() => client.Connect(IPAddress.Loopback, port));
        }

        await UntilAsync(() => Retransmitted(collector, port) >= 3);
        Array.ForEach(clients, client => client.Dispose());
        await StopAsync(sample);
    }

    private static long Retransmitted(Collector collector, int port) => Metrics(collector, "tcp.retransmissions")
        .SelectMany(metric => metric.Sum.DataPoints)
        .Where(point => Has(point.Attributes, "net.dst.port", new AnyValue { IntValue = port }) && Has(point.Attributes, "tcp.state", new AnyValue { StringValue = "syn_sent" }))
        .GroupBy(point => string.Join(',', point.Attributes.Select(each => each.ToString()).Order(StringComparer.Ordinal)))
        .Sum(series => series.Max(point => point.AsInt));

    private static bool Has(IEnumerable<KeyValue> attributes, string key, AnyValue value) => attributes.Any(each => each.Key == key && each.Value.Equals(value));

    private static IEnumerable<Metric> Metrics(Collector collector, string name) => collector.Metrics
        .SelectMany(request => request.ResourceMetrics).SelectMany(resource => resource.ScopeMetrics).SelectMany(scope => scope.Metrics).Where(metric => metric.Name == name);

    /// <summary>The sample, built with the tests, or published with NativeAOT now.</summary>
    private static async Task<string> ProgramAsync(string sample, bool isNative)
    {
        if (!isNative)
        {
            string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(Repository.Root, "artifacts", "bin", sample, configuration, sample);
        }

        Assert.SkipUnless(Environment.GetEnvironmentVariable("SONDE_TEST_AOT") is { Length: > 0 }, "Samples are published with NativeAOT with SONDE_TEST_AOT=1: minutes.");
        string runtime = RuntimeInformation.RuntimeIdentifier, folder = Path.Combine(Repository.Root, "artifacts", "samples-under-test", sample);
        await using ChildProcess publish = ChildProcess.Start(
            "dotnet", ["publish", Path.Combine(Repository.Root, "samples", sample), "-c", "Release", "-r", runtime, "--no-restore", "-o", folder, "-v", "q", "-nologo", "-nodeReuse:false"]);
        await publish.WaitForExitAsync(PatienceToPublish);
        Assert.True(publish.ExitCode == 0, publish.Errors);
        return Path.Combine(folder, sample);
    }

    private static async Task<ChildProcess> StartAsync(string program, Collector collector)
    {
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ChildProcess child = ChildProcess.Start(
            program, [], new Dictionary<string, string>(collector.Environment) { ["OTEL_METRIC_EXPORT_INTERVAL"] = "500" },
            each => each.Output += line =>
            {
                if (line.Contains("until Ctrl+C", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            });
        await Task.WhenAny(ready.Task, Task.Delay(Patience));
        Assert.True(ready.Task.IsCompleted, child.Errors);
        return child;
    }

    private static async Task StopAsync(ChildProcess sample)
    {
        sample.Signal(ChildProcess.Terminate);
        await UntilAsync(() => sample.HasExited);
        Assert.Equal(0, sample.ExitCode);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        DateTime deadline = DateTime.UtcNow + Patience;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "in time");
            await Task.Delay(50);
        }
    }
}
