using System.Diagnostics;
using System.Globalization;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The tracer on this kernel, with real sockets of other processes.</summary>
public sealed class TracerTests(ITestOutputHelper output)
{
    private static int Number(FinishedSpan span) => int.Parse(span.Path!.Split('/')[^1], CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("inet", 16, 250)]
    [InlineData("inet6", 8, 250)]
    [InlineData("mptcp", 4, 250)]
    [InlineData("unix", 16, 250)]
    [InlineData("socketpair", 8, 250)]
    public void Threads_that_share_sockets_lose_and_mix_up_nothing(string family, int connections, int requests)
    {
        Assert.SkipWhen(family == "mptcp" && !File.Exists("/proc/sys/net/mptcp/enabled"), "The kernel has no MPTCP.");
        using var tracer = new RunningTracer();
        (long late, long ambiguous) = (tracer.Figures.CallsLate, tracer.Figures.CallsAmbiguous);
        tracer.Start("conversations.py", family, connections, requests).AwaitEnd();
        string[] expected =
        [
            .. from connection in Enumerable.Range(0, connections)
               from number in Enumerable.Range(0, requests)
               select $"GET {tracer.Prefix}/{connection}/{number} 200 {number}",
        ];
        foreach (SpanKind kind in new[] { SpanKind.Server, SpanKind.Client })
        {
            FinishedSpan[] spans = tracer.Await(kind, expected.Length);
            string[] seen = [.. spans.Select(span => $"{span["http.request.method"]} {span.Path} {span["http.response.status_code"]} {span["http.response.body.size"]}")];
            Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
            Assert.DoesNotContain(spans, span => span["error.type"] is not null);
        }

        output.WriteLine(
            $"{family}: {expected.Length} exchanges, {tracer.Figures.CallsLate - late} late sends, {tracer.Figures.CallsAmbiguous - ambiguous} of them ambiguous, "
            + $"{tracer.Figures.RecordsLost} records lost, {tracer.Figures.Counters.RecordsMissed} missed, {tracer.Figures.Counters.Abandoned} abandoned (whole machine)");
    }

    [Theory]
    [InlineData("half_closed")]
    [InlineData("reset")]
    public void An_answer_that_is_read_when_the_connection_is_over_counts(string situation)
    {
        using var tracer = new RunningTracer();
        tracer.Start("situations.py", situation, 20).AwaitEnd();
        foreach (SpanKind kind in new[] { SpanKind.Server, SpanKind.Client })
        {
            FinishedSpan[] spans = tracer.Await(kind, 20);
            Assert.Equal(
                Enumerable.Range(0, 20).Select(number => $"{number} 200 {number}"),
                spans.OrderBy(Number).Select(span => $"{Number(span)} {span["http.response.status_code"]} {span["http.response.body.size"]}"));
        }
    }

    [Fact]
    public void A_server_that_speaks_first_is_no_http_server()
    {
        using var tracer = new RunningTracer();
        tracer.Start("situations.py", "greeting", 1).AwaitEnd();

        // When the requests of the next program have been told, so has all that came before.
        tracer.Start("situations.py", "half_closed", 5).AwaitEnd();
        foreach (SpanKind kind in new[] { SpanKind.Server, SpanKind.Client })
        {
            Assert.Equal(5, tracer.Await(kind, 5).Count(span => span["http.response.status_code"] == "200"));
            Assert.DoesNotContain(tracer.Await(kind, 5), span => span["http.response.status_code"] is not (null or "200"));
        }
    }

    [Fact]
    public void Protocols_that_nobody_reads_are_left_alone_and_counted()
    {
        using var tracer = new RunningTracer();
        long before = tracer.Figures.ConnectionsMuted;
        tracer.Start("situations.py", "strangers", 25).AwaitEnd();

        // Both ends of each.
        Assert.InRange(tracer.Figures.ConnectionsMuted - before, 50, long.MaxValue);
    }

    [Fact]
    public void Connections_older_than_the_tracer_are_traced_from_their_next_request_on()
    {
        const int connections = 15;
        RunningTracer.SkipWithoutRights();
        string prefix = Program.NewPrefix();
        using var program = new Program("situations.py", "older", prefix, connections);
        program.AwaitStanding();
        using var tracer = new RunningTracer(prefix);
        program.GoOn();
        program.AwaitEnd();
        string[] expected = [.. from connection in Enumerable.Range(0, connections) from turn in Enumerable.Range(0, 5) select $"{prefix}/after/{connection}/{turn} 200 {turn}"];
        foreach (SpanKind kind in new[] { SpanKind.Server, SpanKind.Client })
        {
            FinishedSpan[] spans = tracer.Await(kind, expected.Length);
            Assert.Equal(
                expected.Order(StringComparer.Ordinal),
                spans.Select(span => $"{span.Path} {span["http.response.status_code"]} {span["http.response.body.size"]}").Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Unix_connections_are_forgotten_when_they_end()
    {
        // More than the kernel half has room for at once.
        const int connections = 20_000;
        using var tracer = new RunningTracer();
        tracer.Start("situations.py", "unix", connections).AwaitEnd();
        FinishedSpan[] served = tracer.Await(SpanKind.Server, connections), called = tracer.Await(SpanKind.Client, connections);
        output.WriteLine($"{served.Length} and {called.Length} spans, {tracer.Figures.ConnectionsRefused} refused by the kernel, {tracer.Figures.Counters.ConnectionsRefused} by the table, "
            + $"{tracer.Figures.RecordsLost} records lost, {tracer.Figures.Counters.RecordsMissed} missed, {tracer.Figures.Counters.Abandoned} abandoned");
        Assert.Equal((connections, connections), (served.Length, called.Length));
        foreach (FinishedSpan[] spans in new[] { served, called })
        {
            Assert.Equal(Enumerable.Range(0, connections), spans.Select(Number).Order());
            Assert.All(spans, span => Assert.Equal(Number(span) % 100, int.Parse(span["http.response.body.size"]!, CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public void A_pass_over_ten_thousand_idle_connections_takes_milliseconds()
    {
        RunningTracer.SkipWithoutRights();
        using KernelCapture capture = KernelCapture.Start(new TracingSettings(), new ParserPool(ProtocolCatalog.All));
        using var program = new Program("situations.py", "idle", Program.NewPrefix(), 5000);
        program.AwaitStanding();
        capture.Sweep();
        var times = new List<double>();
        for (int i = 0; i < 20; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            capture.Sweep();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"{times[10]:F2} ms (median), {times[^1]:F2} ms at most, for both ends of 5,000 connections");
        Assert.InRange(times[10], 0, 100);
        program.GoOn();
        program.AwaitEnd();
    }
}
