using Sonde.Probes.Metrics;
using Sonde.Telemetry.Metrics;

namespace Sonde.Probes.Tests.Metrics;

public sealed class BuiltInProbesTests
{
    public static TheoryData<string> Names => [.. BuiltInProbes.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_is_a_probe_of_its_metric(string name)
    {
        ProbeFile probe = BuiltInProbes.Read(name);

        Assert.Equal(name, probe.Name);
        Assert.All(probe.Metrics, metric => Assert.Equal(name, metric.Name));
        Assert.All(probe.Programs, program => Assert.Contains(probe.Metrics[0].Map, program.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void The_promised_are_there_as_promised()
    {
        MapMetric retransmissions = BuiltInProbes.Read("tcp.retransmissions").Metrics[0];
        MapMetric resolution = BuiltInProbes.Read("dns.resolution.duration").Metrics[0];

        Assert.Equal(("1", InstrumentKind.Counter), (retransmissions.Unit, retransmissions.Instrument));
        Assert.Equal(["net.src.port", "net.dst.port", "tcp.state"], retransmissions.Attributes.Select(attribute => attribute.Key));
        Assert.Equal(("ms", InstrumentKind.Histogram), (resolution.Unit, resolution.Instrument));
        Assert.Equal(["process.name", "process.pid"], resolution.Attributes.Select(attribute => attribute.Key));
    }

    [Fact]
    public void What_is_on_by_default_is_cheap()
    {
        string[] off = [.. BuiltInProbes.Names.Where(name => !BuiltInProbes.Read(name).IsEnabled)];

        Assert.Equal(
            [
                "file.sync.duration", "process.context_switches", "process.cpu.on_cpu.duration", "process.page_faults", "process.syscall.duration",
                "process.syscall.errors", "tcp.listen_overflows", "tcp.rtt",
            ],
            off);
    }
}
