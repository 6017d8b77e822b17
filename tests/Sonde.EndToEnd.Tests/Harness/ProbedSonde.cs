using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The published agent with its probes on, a collector that gets the metrics twice a second, and Prometheus' view of them.</summary>
internal sealed class ProbedSonde : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly HttpClient s_client = new();
    private readonly Collector _collector;
    private readonly int _port;

    private ProbedSonde(Collector collector, SondeProcess sonde, int port) => (_collector, Sonde, _port) = (collector, sonde, port);

    public SondeProcess Sonde { get; }

    public string Errors => Sonde.Process.Errors;

    public static async Task<ProbedSonde> StartAsync(params (string Name, string Value)[] settings)
    {
        Collector collector = await Collector.StartAsync(OtlpProtocol.Grpc);
        int port = Ports.Take(System.Net.IPAddress.Loopback);
        var environment = new Dictionary<string, string>(collector.Environment)
        {
            ["OTEL_TRACES_EXPORTER"] = "none",
            ["OTEL_METRICS_EXPORTER"] = "otlp,prometheus",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_EXPORTER_PROMETHEUS_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["SONDE_METRICS_STALE_AFTER"] = "1000",
        };
        foreach ((string name, string value) in settings)
        {
            environment[name] = value;
        }

        var probed = new ProbedSonde(collector, await SondeProcess.StartAsync(environment), port);
        await probed.SeesAsync("probes are on");
        return probed;
    }

    /// <summary>Waits until it has said something.</summary>
    public Task SeesAsync(string text) => UntilAsync(() => Errors.Contains(text, StringComparison.Ordinal), () => $"'{text}' is not in:\n{Errors}");

    /// <summary>Waits until a series at the collector fits.</summary>
    public Task CollectsAsync(string metric, Func<Point, bool> fits) =>
        UntilAsync(() => Points(metric).Any(fits), () => $"{metric}:\n{string.Join('\n', Points(metric))}\nleft out: {string.Join(' ', Points("sonde.probe.recursion.misses").Where(point => point.Count > 0))}\n{Errors}");

    /// <summary>The last point of each series that the collector got.</summary>
    public Point[] Points(string metric) =>
    [
        .. _collector.Metrics.SelectMany(request => request.ResourceMetrics)
            .SelectMany(resource => resource.ScopeMetrics.SelectMany(scope => scope.Metrics).Where(each => each.Name == metric)
                .SelectMany(each => Read(each, resource.Resource)))
            .GroupBy(point => $"{point.Service} {point.Series}").Select(series => series.Last()),
    ];

    /// <summary>What Prometheus would read: the values of a name's lines whose labels are all there.</summary>
    public async Task<double[]> ScrapeAsync(string name, params string[] labels)
    {
        string text = await s_client.GetStringAsync($"http://127.0.0.1:{_port}/metrics");
        return
        [
            .. text.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)))
                .Select(line => double.Parse(Regex.Match(line, @"\} (\S+)").Groups[1].Value, CultureInfo.InvariantCulture)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await Sonde.DisposeAsync();
        await _collector.DisposeAsync();
    }

    private static IEnumerable<Point> Read(Metric metric, Resource resource)
    {
        string service = resource.Attributes.Single(attribute => attribute.Key == "service.name").Value.StringValue;
        foreach (NumberDataPoint point in metric.Sum?.DataPoints ?? [])
        {
            yield return new(metric.Unit, Text(point.Attributes), point.AsInt, point.AsInt, service);
        }

        foreach (HistogramDataPoint point in metric.Histogram?.DataPoints ?? [])
        {
            yield return new(metric.Unit, Text(point.Attributes), (long)point.Count, point.Sum, service);
        }
    }

    private static string Text(IEnumerable<KeyValue> attributes) => string.Join(' ', attributes.Select(attribute =>
        $"{attribute.Key}={(attribute.Value.ValueCase == AnyValue.ValueOneofCase.IntValue ? attribute.Value.IntValue.ToString(CultureInfo.InvariantCulture) : attribute.Value.StringValue)}"));

    private static async Task UntilAsync(Func<bool> condition, Func<string> complaint)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(waited.Elapsed < Patience, complaint());
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}

/// <param name="Unit">The metric's.</param>
/// <param name="Series">Its attributes: <c>key=value key=value</c>.</param>
/// <param name="Count">Of a sum its value.</param>
/// <param name="Sum">The same, of a histogram what was recorded.</param>
/// <param name="Service">Whose resource it came under.</param>
internal sealed record Point(string Unit, string Series, long Count, double Sum, string Service);
