using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Prometheus;
using Xunit;

namespace Sonde.Telemetry.Tests.Prometheus;

public sealed class PrometheusNamesTests
{
    [Theory]
    [InlineData("tcp.retransmissions", "1", InstrumentKind.Counter, "tcp_retransmissions")]
    [InlineData("dns.resolution.duration", "ms", InstrumentKind.Histogram, "dns_resolution_duration_milliseconds")]
    [InlineData("http.server.request.duration", "s", InstrumentKind.Histogram, "http_server_request_duration_seconds")]
    [InlineData("sonde.spans.sent", "{span}", InstrumentKind.Counter, "sonde_spans_sent")]
    [InlineData("requests.total", "1", InstrumentKind.Counter, "requests")]
    [InlineData("cpu.utilization", "1", InstrumentKind.Gauge, "cpu_utilization_ratio")]
    [InlineData("disk.speed", "By/s", InstrumentKind.Gauge, "disk_speed_bytes_per_second")]
    [InlineData("disk.rate", "{operation}/s", InstrumentKind.Gauge, "disk_rate_per_second")]
    [InlineData("memory.bytes", "By", InstrumentKind.Gauge, "memory_bytes")]
    [InlineData("2nd--name", "", InstrumentKind.Gauge, "_2nd_name")]
    [InlineData("a:b", "furlong", InstrumentKind.Gauge, "a:b_furlong")]
    public void Names_carry_their_unit(string name, string unit, InstrumentKind kind, string expected) =>
        Assert.Equal(expected, PrometheusNames.Family(new Instrument { Name = name, Unit = unit, Description = "", Kind = kind }).Family);

    [Theory]
    [InlineData("http.route", "http_route")]
    [InlineData("1st", "_1st")]
    [InlineData("a:b", "a_b")]
    public void Labels_have_no_colon(string key, string expected) => Assert.Equal(expected, PrometheusNames.Label(key));

    [Theory]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain", false)]
    [InlineData("application/openmetrics-text; version=1.0.0", true)]
    [InlineData("application/openmetrics-text;version=0.0.1", false)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.1,text/plain;q=0.5", false)]
    [InlineData("application/openmetrics-text;version=\"1.0.0\";q=0", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    public void The_form_is_agreed_on(string accept, bool isOpenMetrics) =>
        Assert.Equal(isOpenMetrics, ExpositionFormats.Choose(accept) == ExpositionFormat.OpenMetrics);
}
