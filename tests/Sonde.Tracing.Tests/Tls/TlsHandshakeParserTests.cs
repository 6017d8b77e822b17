using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Tests.Protocols;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Tests.Tls;

/// <summary>What is known of a handshake from what passes in the clear.</summary>
public sealed class TlsHandshakeParserTests
{
    private readonly TlsHandshakes _handshakes = new(2);

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(5)]
    [InlineData(1)]
    public void In_whatever_pieces_the_hellos_come(int piece)
    {
        ConversationHarness harness = Shake(piece, "openssl-1.3");
        TlsHandshake handshake = Assert.IsType<TlsHandshake>(_handshakes.Find(0));
        Assert.Equal(
            ("shop.example", "1.3", "TLS_AES_256_GCM_SHA384", 2 * ConversationHarness.Millisecond),
            (Encoding.ASCII.GetString(handshake.ServerName), Encoding.ASCII.GetString(handshake.Version), Encoding.ASCII.GetString(handshake.Cipher), handshake.Duration));
        harness.Close();
        Assert.Null(_handshakes.Find(0));
    }

    [Fact]
    public void The_duration_is_unknown_when_the_server_asks_for_another_hello()
    {
        Shake(int.MaxValue, "openssl-retry");
        Assert.Equal(0ul, _handshakes.Find(0)!.Duration);
        Assert.Equal("1.3"u8, _handshakes.Find(0)!.Version);
    }

    [Theory]
    [InlineData(SpanKind.Client, true, true)]
    [InlineData(SpanKind.Client, false, false)]
    [InlineData(SpanKind.Server, true, false)]
    public void A_clients_first_call_has_waited_for_the_handshake(SpanKind kind, bool isFirst, bool expected)
    {
        Shake(int.MaxValue, "openssl-1.3");
        SpanData span = new() { Kind = kind, IsSampled = true };
        _handshakes.Find(0)!.Describe(span, isFirst);
        Assert.Equal(expected, span.TryGet(TlsHandshake.DurationKey, out _));
        Assert.True(span.TryGet(TlsHandshake.ServerNameKey, out _));
    }

    [Fact]
    public void Beyond_the_limit_nothing_is_kept()
    {
        for (ulong cookie = 1; cookie <= 3; cookie++)
        {
            _handshakes.Add(cookie, new TlsHandshake());
        }

        Assert.NotNull(_handshakes.Find(2));
        Assert.Null(_handshakes.Find(3));
    }

    [Fact]
    public void The_kernels_patterns_fit_every_hello()
    {
        foreach (string name in new[] { "openssl-1.3", "openssl-1.2", "openssl-retry", "openssl-no-name", "go", "java" })
        {
            Assert.Equal(Side.Request, Assert.Single(Fitting(HelloReaderTests.Read($"{name}-client"))));
            Assert.Equal(Side.Response, Assert.Single(Fitting(HelloReaderTests.Read($"{name}-server"))));
        }
    }

    private ConversationHarness Shake(int piece, string name)
    {
        ConversationHarness harness = new(new TlsProtocol(_handshakes)) { Split = left => Math.Min(left, piece) };
        harness.Request(HelloReaderTests.Read($"{name}-client"));
        harness.Response(HelloReaderTests.Read($"{name}-server"));
        harness.Request("\x14\x03\x03");
        return harness;
    }

    private IEnumerable<Side> Fitting(byte[] hello) =>
        from pattern in new TlsProtocol(_handshakes).Patterns
        where Enumerable.Range(0, pattern.Bytes.Length).All(i => (hello[i] & pattern.Mask.Span[i]) == pattern.Bytes.Span[i])
        select pattern.Side;
}
