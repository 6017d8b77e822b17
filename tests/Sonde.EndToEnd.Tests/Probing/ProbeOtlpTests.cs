using OpenTelemetry.Proto.Metrics.V1;
using Sonde.EndToEnd.Tests.Harness;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary><c>sonde probe --otlp</c>: a program's maps arrive at a collector.</summary>
public sealed class ProbeOtlpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(OtlpProtocol.Grpc)]
    [InlineData(OtlpProtocol.HttpProtobuf)]
    public async Task Maps_arrive_as_metrics(OtlpProtocol protocol)
    {
        ProbeTool.Require();
        await using Collector collector = await Collector.StartAsync(protocol);

        await using ChildProcess sonde = ChildProcess.Start(
            Repository.Agent,
            [
                "probe", "--otlp", "-c", "python3 -c 'import os; [os.getppid() for _ in range(500)]'", "-e",
                """
                tracepoint:syscalls:sys_enter_getppid /pid == cpid && comm == "python3"/ {
                  @calls[comm, 3] = count(); @twice = sum(2); @size = hist(1000); @last = 7; @shape = stats(5);
                }
                """,
            ],
            collector.Environment);
        await sonde.WaitForExitAsync(Patience);

        Assert.True(sonde.ExitCode == 0, sonde.Errors);
        NumberDataPoint calls = Assert.Single(Last("probe.calls").Sum.DataPoints);
        Assert.Equal(500, calls.AsInt);
        Assert.Equal(["key.0=python3", "key.1=3"], calls.Attributes.Select(each => $"{each.Key}={(each.Value.HasIntValue ? $"{each.Value.IntValue}" : each.Value.StringValue)}"));
        Assert.True(Last("probe.calls").Sum.IsMonotonic);
        Assert.Equal(1000, Assert.Single(Last("probe.twice").Sum.DataPoints).AsInt);
        Assert.Equal(7, Assert.Single(Last("probe.last").Gauge.DataPoints).AsInt);
        HistogramDataPoint size = Assert.Single(Last("probe.size").Histogram.DataPoints);
        Assert.Equal((500ul, 500_000.0, 1000.0, 1000.0), (size.Count, size.Sum, size.Min, size.Max));
        Assert.Equal(500ul, size.BucketCounts[size.ExplicitBounds.IndexOf(1023)]);
        HistogramDataPoint shape = Assert.Single(Last("probe.shape").Histogram.DataPoints);
        Assert.Equal((500ul, 2500.0), (shape.Count, shape.Sum));

        Metric Last(string name) => collector.Metrics.SelectMany(request => request.ResourceMetrics)
            .SelectMany(resource => resource.ScopeMetrics).SelectMany(scope => scope.Metrics).Last(metric => metric.Name == name);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_told_of()
    {
        ProbeTool.Require();
        Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        Dictionary<string, string> environment = collector.Environment;
        await collector.DisposeAsync();

        await using ChildProcess sonde = ChildProcess.Start(Repository.Agent, ["probe", "--otlp", "-c", "true", "-e", "BEGIN { @x = count(); }"], environment);
        await sonde.WaitForExitAsync(Patience);

        Assert.Contains("not everything could be sent", sonde.Errors, StringComparison.Ordinal);
    }
}
