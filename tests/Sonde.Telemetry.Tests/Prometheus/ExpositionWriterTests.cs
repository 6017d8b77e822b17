using System.Buffers;
using System.Diagnostics;
using System.Text;
using Sonde.Telemetry.Prometheus;
using Xunit;

namespace Sonde.Telemetry.Tests.Prometheus;

public sealed class ExpositionWriterTests
{
    private const string Scope = "otel_scope_name=\"sonde\",otel_scope_version=\"0.1.0\"";

    [Fact]
    public void The_classic_form_is_Prometheus_own() => Assert.Equal(
        $$"""
        # TYPE target_info gauge
        # HELP target_info What is observed.
        target_info{job="sonde"} 1
        target_info{instance="1\"2",job="eu/shop",host_name="a\\b",process_pid="17"} 1
        # TYPE tcp_retransmissions_total counter
        # HELP tcp_retransmissions_total Segments\nsent again.
        tcp_retransmissions_total{job="sonde",{{Scope}},net_src_port="80",tcp_state="syn_sent"} 7
        tcp_retransmissions_total{job="sonde",{{Scope}},otel_metric_overflow="true"} 9
        # TYPE sonde_memory_resident_bytes gauge
        # HELP sonde_memory_resident_bytes Memory.
        sonde_memory_resident_bytes{job="sonde",{{Scope}}} 1234.5
        # TYPE http_server_request_duration_seconds histogram
        # HELP http_server_request_duration_seconds Duration.
        http_server_request_duration_seconds_bucket{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n",le="0.005"} 1
        http_server_request_duration_seconds_bucket{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n",le="1.0"} 3
        http_server_request_duration_seconds_bucket{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n",le="2.5"} 3
        http_server_request_duration_seconds_bucket{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n",le="+Inf"} 6
        http_server_request_duration_seconds_sum{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n"} 4.0
        http_server_request_duration_seconds_count{instance="1\"2",job="eu/shop",{{Scope}},http_route="/a\"b\\c\n"} 6

        """,
        Write(ExpositionFormat.Classic));

    [Fact]
    public void OpenMetrics_has_units_exemplars_and_an_end()
    {
        string[] lines = Write(ExpositionFormat.OpenMetrics).Split('\n');

        Assert.Equal("# TYPE target info", lines[0]);
        Assert.Contains("# TYPE tcp_retransmissions counter", lines);
        Assert.Contains("# UNIT http_server_request_duration_seconds seconds", lines);
        Assert.Contains(
            $"http_server_request_duration_seconds_bucket{{instance=\"1\\\"2\",job=\"eu/shop\",{Scope},http_route=\"/a\\\"b\\\\c\\n\",le=\"1.0\"}} 3"
            + " # {trace_id=\"00000000000000000000000000000001\",span_id=\"0000000000000002\"} 0.5 1700000000.123",
            lines);
        Assert.Equal(["# EOF", ""], lines[^2..]);
    }

    [Fact]
    public void Promtool_finds_nothing_wrong()
    {
        using Process promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        promtool.StandardInput.Write(Write(ExpositionFormat.Classic));
        promtool.StandardInput.Close();
        string complaints = promtool.StandardError.ReadToEnd() + promtool.StandardOutput.ReadToEnd();
        promtool.WaitForExit();

        Assert.Equal(("", 0), (complaints, promtool.ExitCode));
    }

    private static string Write(ExpositionFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        new ExpositionWriter(format, output).Write(SomePoints.All);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
