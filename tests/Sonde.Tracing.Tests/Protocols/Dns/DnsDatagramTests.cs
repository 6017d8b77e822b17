using System.Runtime.CompilerServices;
using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Dns;
using static Sonde.Tracing.Tests.Protocols.Dns.DnsBytes;

namespace Sonde.Tracing.Tests.Protocols.Dns;

public sealed class DnsDatagramTests
{
    private const ulong Millisecond = ConversationHarness.Millisecond;

    private readonly DatagramParser _parser = new DnsProtocol().CreateDatagramParser();
    private readonly RecordingConversation _client = new() { Role = SpanKind.Client, ServerPort = 53 };

    private RecordedSpan Span => Assert.Single(_client.Completed);

    [Fact]
    public void A_lookup_is_a_span_from_the_question_to_the_answer()
    {
        Pass(Question("www.example.com"), 1);
        Pass(Answer("www.example.com", addresses: [[192, 0, 0, 1], [192, 0, 0, 2]]), 4);
        Assert.Equal("DNS A www.example.com", Span.Name);
        Assert.Equal("www.example.com", Span["dns.question.name"]);
        Assert.Equal("192.0.0.1 192.0.0.2", Span["dns.answers"]);
        Assert.Equal("10.0.0.1", Span["server.address"]);
        Assert.Equal(["dns.question.name"], Span.MetricKeys);
        Assert.Equal("dns.lookup.duration", Span.Data.Instrument?.Name);
        Assert.Equal(3 * Millisecond, Span.Ended - Span.Begun);
        Assert.False(_parser.HasWork);
    }

    [Fact]
    public void Answers_find_their_questions_in_any_order()
    {
        Pass(Question("a.test", 1, 1), 1);
        Pass(Question("a.test", 28, 2), 2);
        Pass(Answer("A.tEsT", 28, 2), 3);
        Pass(Answer("a.test", 1, 1), 4);
        Assert.Equal(["DNS A a.test", "DNS AAAA a.test"], _client.Completed.Select(span => span.Name));
        Assert.Equal([3UL, 1], _client.Spans.Select(span => (span.Ended - span.Begun) / Millisecond));
    }

    [Fact]
    public void A_question_that_is_asked_again_is_the_same_lookup()
    {
        Pass(Question("a.test"), 1);
        Pass(Question("a.test"), 5000);
        Pass(Answer("a.test"), 5001);
        Pass(Answer("a.test"), 5002);
        Assert.Equal(5000 * Millisecond, Span.Ended - Span.Begun);
    }

    [Fact]
    public void The_answer_to_another_socket_or_number_or_question_is_none()
    {
        Pass(Question("a.test"), 1);
        Pass(Answer("a.test"), 2, socket: 2);
        Pass(Answer("a.test", id: 8), 3);
        Pass(Answer("b.test"), 4);
        Assert.Empty(_client.Completed);
        Assert.True(_parser.HasWork);
    }

    [Fact]
    public void Without_an_answer_a_lookup_ends_when_resolvers_lose_patience()
    {
        Pass(Question("a.test"), 1000);
        _parser.Pass(_client, 5900 * Millisecond);
        Assert.Empty(_client.Completed);
        _parser.Pass(_client, 9000 * Millisecond);
        Assert.Equal("timeout", Span["error.type"]);
        Assert.Equal(5000 * Millisecond, Span.Ended - Span.Begun);
    }

    [Fact]
    public void A_server_that_is_not_there_is_an_error()
    {
        Pass(Question("a.test"), 1);
        _parser.Refuse(_client, 1, 2 * Millisecond);
        Assert.Equal("connection_refused", Span["error.type"]);
    }

    [Theory]
    [InlineData(SpanKind.Client, 2, "SERVFAIL")]
    [InlineData(SpanKind.Client, 3, "NXDOMAIN")]
    [InlineData(SpanKind.Client, 15, "RCODE15")]
    [InlineData(SpanKind.Server, 2, "SERVFAIL")]
    [InlineData(SpanKind.Server, 3, null)]
    public void How_it_ended_is_the_error(SpanKind role, int code, string? error)
    {
        var conversation = new RecordingConversation { Role = role };
        Pass(Question("a.test"), 1, conversation);
        Pass(Answer("a.test", code: code), 2, conversation);
        Assert.Equal(error, Assert.Single(conversation.Completed)["error.type"]);
    }

    [Theory]
    [InlineData("224.0.0.251")]
    [InlineData("239.1.2.3")]
    [InlineData("ff02::fb")]
    public void Questions_to_a_group_are_no_lookups(string group)
    {
        Pass(Question("printer.local"), 1, new RecordingConversation { Role = SpanKind.Client, Server = group });
        Assert.False(_parser.HasWork);
    }

    [Theory]
    [InlineData("", ".")]
    [InlineData("xn--bcher-kva.test", "xn--bcher-kva.test")]
    [InlineData("a b.t\"st", "a\\032b.t\\\"st")]
    public void Names_are_written_as_the_semantic_conventions_have_them(string name, string text)
    {
        Pass(Question(name), 1);
        Pass(Answer(name), 2);
        Assert.Equal(text, Span["dns.question.name"]);
    }

    [Fact]
    public void What_dig_and_dnsmasq_said_is_read_as_dig_read_it()
    {
        ulong time = 0;
        foreach (string line in File.ReadLines(Path.Combine(Folder(), "messages.txt")))
        {
            string[] words = line.Split(' ');
            var conversation = new RecordingConversation { Role = SpanKind.Client };
            Assert.True(Matches(words[0], Side.Request) && Matches(words[1], Side.Response), line);
            Pass(Convert.FromHexString(words[0]), ++time, conversation);
            Pass(Convert.FromHexString(words[1]), ++time, conversation);
            RecordedSpan span = Assert.Single(conversation.Completed);
            Assert.Equal($"DNS {words[2]} {words[3]}", span.Name);
            Assert.Equal(words[4], span["error.type"] ?? "NOERROR");
            Assert.Equal(string.Join(' ', words[5..]), span["dns.answers"] ?? "");
        }

        Assert.True(time > 20);
    }

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.Select(Gen.Byte.Array[0, 80], Gen.Int[0, 3], Gen.Bool).Array[1, 12].Sample(messages =>
        {
            DatagramParser parser = new DnsProtocol().CreateDatagramParser();
            var conversation = new RecordingConversation { Role = SpanKind.Client };
            ulong time = 0;
            foreach ((byte[] noise, int kind, bool cut) in messages)
            {
                byte[] bytes = kind switch
                {
                    0 => noise,
                    1 => Question("a.test"),
                    2 => Answer("a.test", addresses: [[1, 2, 3, 4]]),
                    _ => [.. Answer("a.test")[..8], .. noise],
                };
                int length = cut ? Math.Min(bytes.Length, noise.Length) : bytes.Length;
                parser.Read(conversation, new Datagram { Socket = 1, Bytes = bytes.AsSpan(0, length), Time = ++time, ThreadId = 1 });
            }

            parser.Pass(conversation, ulong.MaxValue / 2);
            parser.End(conversation);
            Assert.DoesNotContain(conversation.Spans, span => span.Outcome == Outcome.Open);
        }, iter: 3000);

    private static bool Matches(string hex, Side side)
    {
        ulong word = BitConverter.ToUInt64(Convert.FromHexString(hex));
        return new DnsProtocol().DatagramPatterns.Single(pattern => pattern.Side == side) is var pattern
            && ((word ^ BitConverter.ToUInt64(pattern.Bytes.Span)) & BitConverter.ToUInt64(pattern.Mask.Span)) == 0;
    }

    private void Pass(byte[] bytes, ulong milliseconds, RecordingConversation? conversation = null, ulong socket = 1) =>
        _parser.Read(conversation ?? _client, new Datagram { Socket = socket, Bytes = bytes, Time = milliseconds * Millisecond, ThreadId = 7 });

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../fixtures/dns"));
}
