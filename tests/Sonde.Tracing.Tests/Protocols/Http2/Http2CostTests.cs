using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;
using static Sonde.Tracing.Tests.Protocols.Http2.FrameBuilder;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>What a call costs.</summary>
public sealed class Http2CostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(SpanKind.Server, true)]
    [InlineData(SpanKind.Client, true)]
    [InlineData(SpanKind.Server, false)]
    public void A_call_allocates_nothing_and_takes_microseconds_at_most(SpanKind role, bool sampled)
    {
        var conversation = new PooledConversation(role, sampled);
        ConversationParser parser = new Http2Protocol(new HttpProtocol(new HttpSettings())).CreateParser();
        parser.Reset(conversation);
        var calls = new Calls(parser);
        for (int i = 0; i < 200_000; i++)
        {
            calls.Play();
        }

        const int rounds = 50_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = Environment.CpuUsage.UserTime;
        for (int i = 0; i < rounds; i++)
        {
            calls.Play();
        }

        TimeSpan elapsed = Environment.CpuUsage.UserTime - start;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{elapsed.TotalNanoseconds / rounds:F0} ns of CPU a call");
        Assert.Equal(0, allocated);
        Assert.Equal(250_000UL, conversation.Completed);
        Assert.InRange(elapsed.TotalMicroseconds / rounds, 0, 50);
    }

    /// <summary>The calls of a client that says everything once and then refers to it, as gRPC's do.</summary>
    private sealed class Calls(ConversationParser parser)
    {
        private readonly byte[] _first = Headers(1, end: false, ":method: POST", ":scheme: http", "+:path: /sonde.test.Shop/Buy", "+:authority: shop:8080", "+content-type: application/grpc", "+te: trailers", "+user-agent: grpc/1");
        private readonly byte[] _next = Headers(1, end: false, ":method: POST", ":scheme: http", "#66", "#65", "#64", "#63", "#62");
        private readonly byte[] _end = Data(1, end: true);
        private readonly byte[] _answer = [.. Headers(1, end: false, ":status: 200", "content-type: application/grpc")];
        private readonly byte[] _trailer = Headers(1, end: true, "grpc-status: 0");
        private uint _stream = 1;
        private ulong _asked, _answered;

        public void Play()
        {
            Send(Side.Request, _stream == 1 ? _first : _next, ref _asked);
            Send(Side.Request, _end, ref _asked);
            Send(Side.Response, _answer, ref _answered);
            Send(Side.Response, _trailer, ref _answered);
            _stream += 2;
        }

        private void Send(Side side, byte[] frame, ref ulong position)
        {
            frame[6] = (byte)(_stream >> 16);
            frame[7] = (byte)(_stream >> 8);
            frame[8] = (byte)_stream;
            parser.Read(new Fragment
            {
                Exchange = 1,
                Side = side,
                Position = position,
                Size = (ulong)frame.Length,
                Bytes = frame,
                Time = position,
                ThreadId = 7,
                BeginsFrame = true,
            });
            position += (ulong)frame.Length;
        }
    }

    /// <summary>One span for all requests, as a pool would give.</summary>
    private sealed class PooledConversation(SpanKind role, bool sampled) : IConversation
    {
        private readonly SpanData _span = new();

        public ulong Completed { get; private set; }

        public SpanKind Role => role;

        public ReadOnlySpan<byte> ServerAddress => "10.0.0.1"u8;

        public int ServerPort => 8080;

        public ReadOnlySpan<byte> ClientAddress => "10.0.0.2"u8;

        public int ClientPort => 50000;

        public bool IsUnix => false;

        public bool IsWhole => true;

        public string ServiceName => "shop";

        public SpanData Begin(ulong exchange, ulong time, uint threadId, in TraceContext context)
        {
            _span.Reset();
            _span.Kind = role;
            _span.IsSampled = sampled;
            return _span;
        }

        public void Received(SpanData span, ulong time, uint threadId)
        {
        }

        public void Answering(SpanData span, ulong time, uint threadId)
        {
        }

        public void Complete(SpanData span, ulong time) => Completed++;

        public void Abandon(SpanData span) => throw new InvalidOperationException("nothing is abandoned here");

        public void Malformed() => throw new InvalidOperationException("nothing is malformed here");

        public void Turn() => throw new InvalidOperationException("the sides are right here");

        public bool Switch(string protocol) => throw new InvalidOperationException("no other protocol follows here");

        public void Mute()
        {
        }
    }
}
