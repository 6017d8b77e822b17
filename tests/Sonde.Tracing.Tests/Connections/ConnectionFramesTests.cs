using System.Globalization;
using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Kafka;
using ConversationParser = Sonde.Tracing.Protocols.ConversationParser;

namespace Sonde.Tracing.Tests.Connections;

/// <summary>One end of a connection that is walked by frames, from the kernel's records to finished spans.</summary>
public sealed class ConnectionFramesTests
{
    private const FragmentFlags Frame = FragmentFlags.Framed | FragmentFlags.Frame;

    private readonly FakeHost _host = new(protocols: [new KafkaProtocol(), new HttpProtocol(new HttpSettings())]);
    private readonly Records _kernel = new(7) { LocalPort = 9092 };

    private Connection Connection => _host.Table.Find(7ul << (int)Limits.OrdinalBits)!;

    [Fact]
    public void A_request_and_its_answer_become_a_span()
    {
        Read(_kernel.Request(Heartbeat(1), flags: Frame), _kernel.Response(Answer(1), flags: Frame));
        FinishedSpan span = Assert.Single(_host.Spans);
        Assert.Equal((SpanKind.Server, "Heartbeat", "127.0.0.1"), (span.Kind, span["messaging.operation.name"], span["server.address"]));
    }

    [Fact]
    public void A_request_in_pieces_of_one_call_is_put_together()
    {
        string request = Heartbeat(1);
        Read(
            _kernel.Request(request[..10], flags: Frame | FragmentFlags.More),
            _kernel.Request(request[10..], flags: FragmentFlags.Framed),
            _kernel.Response(Answer(1), flags: Frame));
        Assert.Equal("Heartbeat", Assert.Single(_host.Spans)["messaging.operation.name"]);
        Assert.Equal(0, _host.Counters.RecordsMissed);
    }

    [Fact]
    public void A_piece_that_was_lost_is_noticed_and_nothing_is_made_of_the_rest()
    {
        string request = Heartbeat(1);
        _ = _kernel.Request("", flags: Frame | FragmentFlags.More);
        Read(_kernel.Request(request, flags: FragmentFlags.Framed), _kernel.Response(Answer(1), flags: Frame));
        Assert.Empty(_host.Spans);
        Assert.Equal(1, _host.Counters.RecordsMissed);
    }

    [Theory]
    [InlineData(false, 9092, SpanKind.Server)]
    [InlineData(true, 50_000, SpanKind.Client)]
    [InlineData(true, 9092, SpanKind.Server)]
    [InlineData(false, 1, SpanKind.Client)]
    public void Who_listens_serves_on_a_connection_whose_beginning_was_not_seen(bool kernelSaysServer, int listening, SpanKind kind)
    {
        Role kernel = kernelSaysServer ? Role.Server : Role.Client;
        _host.Listening.Add(listening);
        _kernel.Role = kernel;
        Read(_kernel.Request(Heartbeat(1), flags: Frame), _kernel.Response(Answer(1), flags: Frame));
        if (kernel == Role.Client == (kind == SpanKind.Client))
        {
            Assert.Equal(kind, Assert.Single(_host.Spans).Kind);
            Assert.Empty(_host.Turned);
            return;
        }

        // The kernel has the sides the wrong way round: what it calls the response is the request. It is told so.
        Assert.Equal([(7ul, kind)], _host.Turned);
        Assert.Equal(kind, Connection.Role);
        Read(_kernel.Response(Heartbeat(2), flags: Frame));
        _kernel.Role = kernel == Role.Client ? Role.Server : Role.Client;
        Read(_kernel.Response(Answer(2), flags: Frame));
        Assert.Equal(kind, Assert.Single(_host.Spans).Kind);
    }

    [Fact]
    public void A_parser_hands_its_connection_over()
    {
        var host = new FakeHost(protocols: [new UpgradeProtocol(), new KafkaProtocol()]);
        foreach (byte[] record in (byte[][])[_kernel.Introduction(), _kernel.Request("upgrade", flags: 0)])
        {
            host.Delivery.Read(record);
        }

        Assert.Equal([(7ul, "kafka")], host.Kept);

        // The kernel does not know yet, then it does.
        host.Delivery.Read(_kernel.Response("welcome", flags: 0));
        _kernel.Protocol = 2;
        host.Delivery.Read(_kernel.Request(Heartbeat(1), flags: Frame));
        host.Delivery.Read(_kernel.Response(Answer(1), flags: Frame));
        Assert.Equal("Heartbeat", Assert.Single(host.Spans)["messaging.operation.name"]);
    }

    private void Read(params byte[][] records)
    {
        _host.Delivery.Read(_kernel.Introduction());
        foreach (byte[] record in records)
        {
            _host.Delivery.Read(record);
        }
    }

    /// <summary>Heartbeat, version 0, of a group named g.</summary>
    private static string Heartbeat(int correlation) => string.Create(
        CultureInfo.InvariantCulture, $"\0\0\0\u0015\0\u000c\0\0\0\0\0{(char)correlation}\0\u0001c\0\u0001g\0\0\0\u0001\0\u0001m");

    private static string Answer(int correlation) => $"\0\0\0\u0006\0\0\0{(char)correlation}\0\0";

    /// <summary>Says at its first bytes that Kafka follows.</summary>
    private sealed class UpgradeProtocol : IProtocol
    {
        public string Name => "upgrade";

        public IReadOnlyList<Sonde.Tracing.Protocols.Pattern> Patterns { get; } = [];

        public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

        public ConversationParser CreateParser() => new Upgrader();

        private sealed class Upgrader : ConversationParser
        {
            private IConversation _conversation = null!;

            public override void Reset(IConversation conversation) => _conversation = conversation;

            public override void Read(in Fragment fragment)
            {
                Assert.Equal("upgrade", Encoding.ASCII.GetString(fragment.Bytes));
                Assert.True(_conversation.Switch("kafka"));
                Assert.False(_conversation.Switch("gopher"));
            }

            public override void Update(in ExchangeProgress progress)
            {
            }

            public override void Resynchronize()
            {
            }
        }
    }
}
