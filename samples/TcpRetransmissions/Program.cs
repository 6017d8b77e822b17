// TCP retransmissions as a counter: which ports, and in which state of the connection. Sent where OTEL_EXPORTER_OTLP_ENDPOINT says.
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Events;

using var retransmissions = Kernel.Tracepoint<TcpRetransmitSkb>()
    .GroupBy(e => new { e.SourcePort, e.DestinationPort, e.State })
    .Count();

using var meter = new Meter("TcpRetransmissions");
meter.CreateKernelCounter("tcp.retransmissions", retransmissions, unit: "1", attributes: ["net.src.port", "net.dst.port", "tcp.state"]);

using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddOtlpExporter().Build();
Console.WriteLine("Counting TCP retransmissions until Ctrl+C.");
await Interruption.Wait();
