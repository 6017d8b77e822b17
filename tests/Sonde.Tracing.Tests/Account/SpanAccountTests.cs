using System.Globalization;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Account;

/// <summary>Which spans have an account, from the kernel's records to the attributes.</summary>
public sealed class SpanAccountTests
{
    private const ulong Millisecond = Records.Millisecond;

    private const string Get = "GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly FakeHost _host = new();

    public SpanAccountTests() => _host.Requests.KeepsAccount = true;

    private static Mark Begun(uint thread = 101) => new() { Tid = thread, RunQueue = 10 * Millisecond, Lock = 3 * Millisecond };

    private static double Seconds(FinishedSpan span, string kind) =>
        span[$"sonde.kernel.{kind}.duration"] is { } bits
            ? BitConverter.Int64BitsToDouble(long.Parse(bits, CultureInfo.InvariantCulture))
            : 0;

    private Records Meet(Role role = Role.Server)
    {
        var records = new Records(7, role);
        _host.Delivery.Read(records.Introduction());
        return records;
    }

    private FinishedSpan Play(Records records, Mark end, int milliseconds = 50, uint answering = 101)
    {
        records.Mark = Begun(records.Tid);
        _host.Delivery.Read(records.Request(Get));
        records.Now += (ulong)(milliseconds - 1) * Millisecond;
        records.Mark = end;
        records.Tid = answering;
        _host.Delivery.Read(records.Response(Ok));
        return Assert.Single(_host.Spans);
    }

    [Fact]
    public void A_request_on_one_thread_has_its_account()
    {
        FinishedSpan span = Play(Meet(), Begun() with { RunQueue = 12 * Millisecond, Lock = 43 * Millisecond });
        Assert.Equal(0.050, span.Duration * 1e-9, 6);
        Assert.Equal((0.002, 0.040, 0.008, 0), (Seconds(span, "run_queue"), Seconds(span, "lock"), Math.Round(Seconds(span, "on_cpu"), 9), Seconds(span, "off_thread")));
        Assert.Equal("lock: 40.0 ms of 50.0 ms", span["sonde.kernel.cause"]);
    }

    [Fact]
    public void A_request_that_another_thread_answers_is_off_thread()
    {
        FinishedSpan span = Play(Meet(), Begun(102) with { Lock = 43 * Millisecond }, answering: 102);
        Assert.Equal((0.050, 0), (Math.Round(Seconds(span, "off_thread"), 9), Seconds(span, "lock")));
        Assert.Null(span["sonde.kernel.cause"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_runtime_that_moves_requests_between_threads_has_none(bool isServer)
    {
        _host.Processes.Add(100, language: "nodejs");
        FinishedSpan span = Play(Meet(isServer ? Role.Server : Role.Client), Begun() with { Lock = 43 * Millisecond });
        Assert.Equal((0.050, 0), (Math.Round(Seconds(span, "off_thread"), 9), Seconds(span, "lock")));
    }

    [Fact]
    public void A_kernel_that_keeps_no_account_says_nothing()
    {
        _host.Requests.KeepsAccount = false;
        FinishedSpan span = Play(Meet(), default);
        Assert.DoesNotContain(span.Attributes.Keys, key => key.StartsWith("sonde.kernel.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_end_of_a_long_answer_may_be_told_of_afterwards()
    {
        Records records = Meet();
        records.Mark = Begun();
        _host.Delivery.Read(records.Request(Get));
        _host.Delivery.Read(records.Response("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
        records.Pass(Side.Response, 1000);
        records.Mark = Begun() with { Network = 1 * Millisecond };
        _host.Delivery.Read(records.Progress(ProgressReason.Quiet));
        FinishedSpan span = Assert.Single(_host.Spans);
        Assert.Equal((0.001, 0), (Seconds(span, "network"), Seconds(span, "off_thread")));
    }

    [Fact]
    public void A_clients_lost_segment_is_its_cause_and_connecting_is_the_first_calls()
    {
        var records = new Records(7, Role.Client) { Connect = 3 * Millisecond, Whole = true };
        _host.Delivery.Read(records.Introduction());
        Mark end = Begun() with { Network = 208 * Millisecond, Waited = 208 * Millisecond, Retransmits = 1, RetransmitWait = 205_000, RoundTrip = 300 };
        FinishedSpan span = Play(records, end, 210);
        Assert.Equal(
            ("tcp retransmission: 205 ms of 210 ms", "1", 0.205, 0.0003, 0.208, 0.003),
            (span["sonde.kernel.cause"], span["sonde.kernel.tcp.retransmits"], Seconds(span, "tcp.retransmit_wait"), RoundTrip(span), Math.Round(Seconds(span, "network"), 9), Seconds(span, "connect")));

        records.Tid = 101;
        _host.Delivery.Read(records.Request(Get));
        _host.Delivery.Read(records.Response(Ok));
        Assert.Equal((0, null), (Seconds(_host.Spans[1], "connect"), _host.Spans[1]["sonde.kernel.tcp.retransmits"]));
    }

    [Fact]
    public void A_thread_that_waits_for_two_answers_at_once_has_an_account_of_neither()
    {
        Records first = Meet(Role.Client);
        var second = new Records(8, Role.Client);
        _host.Delivery.Read(second.Introduction());
        first.Mark = second.Mark = Begun();
        _host.Delivery.Read(first.Request(Get));
        _host.Delivery.Read(second.Request(Get));
        _host.Delivery.Read(first.Response(Ok));
        _host.Delivery.Read(second.Response(Ok));
        Assert.Equal(2, _host.Spans.Count);
        Assert.All(_host.Spans, span => Assert.Equal(span.Duration * 1e-9, Seconds(span, "off_thread"), 9));
    }

    [Fact]
    public void A_server_that_waits_for_a_call_says_for_which()
    {
        Records front = Meet();
        var call = new Records(8, Role.Client) { LocalPort = 41_000, RemotePort = 9090 };
        _host.Delivery.Read(call.Introduction());
        front.Mark = call.Mark = Begun();
        _host.Delivery.Read(front.Request(Get));
        call.Now = front.Now;
        _host.Delivery.Read(call.Request(Get));
        call.Now += 40 * Millisecond;
        call.Mark = Begun() with { Network = 40 * Millisecond, Waited = 40 * Millisecond };
        _host.Delivery.Read(call.Response(Ok));
        front.Now = call.Now;
        front.Mark = Begun() with { Network = 40 * Millisecond };
        _host.Delivery.Read(front.Response(Ok));
        FinishedSpan server = Assert.Single(_host.Spans, span => span.Kind == Telemetry.Spans.SpanKind.Server);
        Assert.Equal("network: 40.0 ms of 43.0 ms, in a call to 127.0.0.1:9090", server["sonde.kernel.cause"]);
    }

    private static double RoundTrip(FinishedSpan span) =>
        BitConverter.Int64BitsToDouble(long.Parse(span["sonde.kernel.tcp.rtt"]!, CultureInfo.InvariantCulture));
}
