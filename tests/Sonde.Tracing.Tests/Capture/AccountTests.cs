using System.Globalization;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The kernel's account on this kernel: requests that wait in a known way, against what their server measured itself.</summary>
public sealed class AccountTests(ITestOutputHelper output)
{
    private static readonly string[] s_parts = ["on_cpu", "run_queue", "block_io", "lock", "network", "sleep", "off_thread"];

    [Fact]
    public void A_lost_request_is_in_the_clients_account()
    {
        using var tracer = new RunningTracer();
        tracer.Start("waits.py", "loss").AwaitEnd();
        FinishedSpan[] spans = tracer.Await(SpanKind.Client, 3);
        (FinishedSpan span, double truth) = Find(spans, "loss");
        output.WriteLine($"loss: truth {truth:0.00} ms; waited {Milliseconds(span, "tcp.retransmit_wait"):0.00} ms; {span["sonde.kernel.cause"]}");
        Assert.InRange(Milliseconds(span, "tcp.retransmit_wait"), truth * 0.9 - 2, truth);
        Assert.StartsWith("tcp retransmission: ", span["sonde.kernel.cause"], StringComparison.Ordinal);
        Assert.NotNull(span["sonde.kernel.tcp.retransmits"]);
        Assert.NotNull(span["sonde.kernel.tcp.rtt"]);
        Assert.Equal(1, spans.Count(each => each["sonde.kernel.connect.duration"] is not null));
        Assert.DoesNotContain(spans, each => each != span && each["sonde.kernel.tcp.retransmits"] is not null);
    }

    private static (FinishedSpan Span, double Milliseconds) Find(FinishedSpan[] spans, string kind)
    {
        Assert.Equal(3, spans.Length);
        string told = spans.Single(each => each.Path!.Contains($"/truth/{kind}/", StringComparison.Ordinal)).Path!.Split('/')[^1];
        return (Assert.Single(spans, each => each.Path!.EndsWith($"/{kind}", StringComparison.Ordinal)), double.Parse(told, CultureInfo.InvariantCulture) / 1e3);
    }

    private static double Milliseconds(FinishedSpan span, string part) =>
        span[$"sonde.kernel.{part}.duration"] is { } bits
            ? BitConverter.Int64BitsToDouble(long.Parse(bits, CultureInfo.InvariantCulture)) * 1e3
            : 0;

    /// <param name="kind">How the request waits.</param>
    /// <param name="part">The part of the account that it is in.</param>
    /// <param name="cause">What is named; null where a busy machine may well have a greater part.</param>
    [Theory]
    [InlineData("sleep", "sleep", "sleep")]
    [InlineData("lock", "lock", "lock")]
    [InlineData("network", "network", "network")]
    [InlineData("poll", "network", "network")]
    [InlineData("disk", "block_io", null)]
    [InlineData("cpu", "on_cpu", null)]
    [InlineData("run_queue", "run_queue", null)]
    [InlineData("upload", "sleep", "sleep")]
    public void A_wait_is_in_its_part_and_named(string kind, string part, string? cause)
    {
        using var tracer = new RunningTracer();
        tracer.Start("waits.py", kind).AwaitEnd();
        (FinishedSpan span, double truth) = Find(tracer.Await(SpanKind.Server, 3), kind);
        output.WriteLine($"{kind}: truth {truth:0.00} ms; {string.Join(", ", s_parts.Select(each => $"{each} {Milliseconds(span, each):0.00}"))}; {span["sonde.kernel.cause"]}");
        // Who competes for the processor also does so before and after the server's own measurement, which lies within the span.
        double most = kind == "run_queue" ? span.Duration * 1e-6 : truth * 1.1 + 2;
        Assert.InRange(Milliseconds(span, part), truth * 0.9 - 2, most);
        Assert.Equal(span.Duration * 1e-6, s_parts.Sum(each => Milliseconds(span, each)), 3);
        if (cause is not null)
        {
            Assert.StartsWith($"{cause}: ", span["sonde.kernel.cause"], StringComparison.Ordinal);
        }
    }
}
