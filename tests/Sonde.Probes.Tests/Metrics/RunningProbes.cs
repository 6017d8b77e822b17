using System.Diagnostics;
using Sonde.Probes.Metrics;
using Sonde.Probes.Running;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Tests.Metrics;

/// <summary>Some probes in the kernel, and what they have counted.</summary>
internal sealed class RunningProbes : IDisposable
{
    private readonly ProbeMetrics _metrics = new(new Resource([new("service.name", "sonde")]), new SeriesSettings { MaxSeries = 1000, IdleCollections = 1000 }, null, TimeProvider.System);

    /// <param name="only">The built-in probes that run.</param>
    /// <param name="folder">More of them.</param>
    public RunningProbes(IReadOnlyList<string> only, string? folder = null)
    {
        var settings = new ProbeSetSettings
        {
            Enabled = [.. only.Select(name => new Glob(name))],
            Disabled = [.. BuiltInProbes.Names.Except(only).Select(name => new Glob(name))],
            Folder = folder,
        };
        Set = new ProbeSet(settings, _metrics, new SessionSettings(), Notices.Enqueue);
        Set.Load();
    }

    public System.Collections.Concurrent.ConcurrentQueue<string> Notices { get; } = [];

    public ProbeSet Set { get; }

    /// <summary>Runs a Python program to its end.</summary>
    /// <returns>Its process id.</returns>
    public static int Python(string program) => Run("python3", "-c", program).Id;

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its process id, and what it wrote.</returns>
    public static (int Id, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, process.ExitCode);
        return (process.Id, output);
    }

    /// <summary>What a metric has counted in all series that have these attributes.</summary>
    public long Count(string metric, params (string Key, object Value)[] attributes) =>
        Points(metric, attributes).Sum(point => point.Histogram?.Count ?? point.Number.Integer);

    /// <summary>The series that have these attributes, collected now.</summary>
    public MetricPoint[] Points(string metric, params (string Key, object Value)[] attributes)
    {
        var collection = new MetricCollection((ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000);
        _metrics.Collect(collection);
        return
        [
            .. collection.Points.Where(point => point.Instrument.Name == metric
                && attributes.All(attribute => point.Attributes.Values.Any(value => value.Key == attribute.Key && value.Value.Equals(attribute.Value)))),
        ];
    }

    public void Dispose() => Set.Dispose();
}
