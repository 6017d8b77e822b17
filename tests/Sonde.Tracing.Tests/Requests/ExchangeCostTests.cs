using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Sampling;
using Sonde.Tracing.Tests.Connections;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Tests.Requests;

/// <summary>What an exchange costs from the ring to the finished span, parents and all.</summary>
public sealed class ExchangeCostTests
{
    /// <summary>Two of a connection's records come in the wrong order: one is held, and taken from the hold.</summary>
    private static readonly int[] s_order = [0, 1, 2, 4, 3, 5, 6];

    [Fact]
    public void An_exchange_allocates_nothing()
    {
        var host = new CountingHost();
        var delivery = new RecordDelivery(host, host.Table);

        // A server's request, the call that its thread makes for it, and the server on the same machine that gets it.
        var front = new Records(1) { RemotePort = 40_000 };
        var call = new Records(2, Role.Client) { LocalPort = 41_000, RemotePort = 9090, StreamPosition = 500 };
        var back = new Records(3) { Pid = 200, Tid = 201, LocalPort = 9090, RemotePort = 41_000, StreamPosition = 500 };
        foreach (Records each in new[] { front, call, back })
        {
            delivery.Read(each.Introduction());
        }

        byte[][][] rounds = [.. Enumerable.Range(0, 5000).Select(_ => Round(front, call, back))];
        foreach (byte[][] round in rounds.AsSpan(0, 4000))
        {
            Play(delivery, round);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[][] round in rounds.AsSpan(4000))
        {
            Play(delivery, round);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((15_000, 10_000), (host.Finished, host.WithParent));
    }

    private static byte[][] Round(Records front, Records call, Records back)
    {
        const string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        return
        [
            front.Request("GET /cart/17 HTTP/1.1\r\nHost: shop\r\nUser-Agent: test\r\n\r\n"),
            call.Request("POST /price HTTP/1.1\r\nHost: price\r\nContent-Length: 2\r\n\r\n", flags: FragmentFlags.More),
            call.Request("{}"),
            back.Request("POST /price HTTP/1.1\r\nHost: price\r\nContent-Length: 2\r\n\r\n{}"),
            back.Response(ok),
            call.Response(ok),
            front.Response(ok),
        ];
    }

    private static void Play(RecordDelivery delivery, byte[][] round)
    {
        foreach (int index in s_order)
        {
            delivery.Read(round[index]);
        }
    }

    private sealed class CountingHost : IConnectionHost, IRequestSink
    {
        public CountingHost()
        {
            Requests = new RequestTracker(Sampler.AlwaysOn, new MonotonicClock(), this, Counters);
        }

        public int Finished { get; private set; }

        public int WithParent { get; private set; }

        public ConnectionTable Table { get; } = new(100);

        public RequestTracker Requests { get; }

        public TracerCounters Counters { get; } = new();

        public Telemetry.Processes.IProcessCatalog Processes { get; } = new FakeProcesses();

        public ParserPool Parsers { get; } = new(ProtocolCatalog.All);

        public TlsHandshakes Handshakes { get; } = new(16);

        public void Mute(Connection connection) => throw new InvalidOperationException("nothing is muted here");

        public void Keep(Connection connection, IProtocol protocol) => throw new InvalidOperationException("the pattern matched");

        public IListeningPorts ListeningPorts { get; } = new ListeningAt(new HashSet<int>());

        public void Turn(Connection connection) => throw new InvalidOperationException("the pattern told the side");

        public void OpenChanged(Connection connection, bool isOpen) => Table.OpenChanged(connection, isOpen);

        void IRequestSink.Finished(SpanData span)
        {
            Finished++;
            WithParent += span.ParentSpanId.IsValid ? 1 : 0;
        }
    }
}
