using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>What a request costs.</summary>
public sealed class HttpCostTests(ITestOutputHelper output)
{
    private static readonly byte[] s_request = (
        "GET /api/v1/orders/4711?expand=lines&page=2 HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
        + "Accept: application/json\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\nConnection: keep-alive\r\n"
        + "Cookie: session=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\r\n"
        + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n").Select(c => (byte)c).ToArray();

    private static readonly byte[] s_response = (
        "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
        + "Content-Length: 20\r\nConnection: keep-alive\r\n\r\n{\"id\":4711,\"ok\":true").Select(c => (byte)c).ToArray();

    [Theory]
    [InlineData(SpanKind.Server, true, false)]
    [InlineData(SpanKind.Server, false, false)]
    [InlineData(SpanKind.Client, true, false)]
    [InlineData(SpanKind.Server, true, true)]
    public void A_request_allocates_nothing_and_takes_microseconds_at_most(SpanKind role, bool sampled, bool inPieces)
    {
        var conversation = new PooledConversation(role, sampled);
        ConversationParser parser = new HttpProtocol(new HttpSettings()).CreateParser();
        parser.Reset(conversation);
        ulong exchange = 0;
        for (int i = 0; i < 200_000; i++)
        {
            Play(parser, ++exchange, inPieces);
        }

        const int rounds = 50_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan start = Environment.CpuUsage.UserTime;
        for (int i = 0; i < rounds; i++)
        {
            Play(parser, ++exchange, inPieces);
        }

        TimeSpan elapsed = Environment.CpuUsage.UserTime - start;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{elapsed.TotalNanoseconds / rounds:F0} ns of CPU a request");
        Assert.Equal(exchange, conversation.Completed);
        Assert.Equal(0, allocated);

        // Far above what it takes, for a debug build beside other tests: it is a guard against work that grows with the input.
        Assert.InRange(elapsed.TotalMicroseconds / rounds, 0, 100);
    }

    private static void Play(ConversationParser parser, ulong exchange, bool inPieces)
    {
        int first = inPieces ? 100 : s_request.Length;
        Read(parser, exchange, Side.Request, 0, s_request.AsSpan(0, first));
        if (inPieces)
        {
            Read(parser, exchange, Side.Request, first, s_request.AsSpan(first));
        }

        Read(parser, exchange, Side.Response, 0, s_response);
    }

    private static void Read(ConversationParser parser, ulong exchange, Side side, int position, ReadOnlySpan<byte> bytes) =>
        parser.Read(new Fragment
        {
            Exchange = exchange,
            Side = side,
            Position = (ulong)position,
            Size = (ulong)bytes.Length,
            Bytes = bytes,
            Time = exchange * 1000,
            ThreadId = 1,
        });

    internal sealed class PooledConversation(SpanKind role, bool sampled) : IConversation
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

        public void Turn()
        {
        }

        public bool Switch(string protocol) => false;

        public void Mute()
        {
        }
    }
}
