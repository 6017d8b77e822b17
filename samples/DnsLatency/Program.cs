// How long programs wait for names to be resolved, as a histogram: the time in getaddrinfo of every C library on the machine, by
// process. Sent where OTEL_EXPORTER_OTLP_ENDPOINT says.
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;

using var resolutions = Kernel.Latency(Kernel.Uprobe<GetAddrInfo>(), Kernel.Uprobe<GetAddrInfoReturn>(), e => e.ThreadId)
    .GroupBy(e => new Caller(e.End.ProcessName, e.End.ProcessId))
    .Histogram(e => e.Nanoseconds);

using var meter = new Meter("DnsLatency");
meter.CreateKernelHistogram(
    "dns.resolution.duration", resolutions, unit: "ms", countedIn: "ns", attributes: ["process.name", "process.pid"], range: (1024, 68_000_000_000));

using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddOtlpExporter().Build();
Console.WriteLine("Measuring name resolution until Ctrl+C.");
await Interruption.Wait();

/// <summary>A key that has a name: NativeAOT warns of anonymous types in expressions, though they work.</summary>
internal sealed record Caller(string ProcessName, int ProcessId);
