using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Dns;
using static Sonde.Tracing.Tests.Protocols.Dns.DnsBytes;

namespace Sonde.Tracing.Tests.Protocols.Dns;

/// <summary>DNS over TCP.</summary>
public sealed class DnsStreamTests
{
    [Fact]
    public void Questions_on_one_connection_are_answered_in_any_order()
    {
        ConversationHarness harness = New().Request([.. Framed(Question("a.test", 1, 1)), .. Framed(Question("b.test", 28, 2))])
            .Response([.. Framed(Answer("b.test", 28, 2)), .. Framed(Answer("a.test", 1, 1, 0, [1, 2, 3, 4]))]).Close();
        Assert.Equal(["DNS A a.test", "DNS AAAA b.test"], harness.Conversation.Completed.Select(span => span.Name));
        Assert.Equal("1.2.3.4", harness.Spans[0]["dns.answers"]);
        Assert.Equal("tcp", harness.Spans[0]["network.transport"]);
    }

    [Fact]
    public void An_answer_beyond_the_capture_ends_with_its_last_byte()
    {
        byte[][] addresses = [.. Enumerable.Range(0, 200).Select(number => new byte[] { 10, 0, 0, (byte)number })];
        ConversationHarness harness = New().Request(Framed(Question("many.test"))).Response(Framed(Answer("many.test", 1, 7, 0, addresses)));
        Assert.StartsWith("10.0.0.0 10.0.0.1 ", harness.Span["dns.answers"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_that_ends_without_an_answer_is_an_error() =>
        Assert.Equal("connection_closed", New().Request(Framed(Question("a.test"))).Close().Span["error.type"]);

    [Fact]
    public void What_only_begins_like_a_message_is_left_alone()
    {
        ConversationHarness harness = New().Request([0, 20, 0, 7, 1, 0, 0, 1, .. new byte[100]]);
        Assert.True(harness.Conversation.IsMuted);
        Assert.Empty(harness.Spans);
    }

    [Fact]
    public void Any_split_of_the_same_bytes_gives_the_same_answer() =>
        Gen.Select(Gen.Int[1, 3].Array[1, 5], Gen.Int[1, 60].Array[1, 8], Gen.Int[0, 60]).Sample((counts, sizes, addresses) =>
        {
            int next = 0;
            string whole = Play(counts, left => left, addresses);
            Assert.Equal(whole, Play(counts, _ => sizes[next++ % sizes.Length], addresses));
            Assert.Equal(whole, Play(counts, _ => 1, addresses));
        }, iter: 200);

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.Select(Gen.Byte.Array[1, 60], Gen.Bool).Array[1, 8].Sample(turns =>
        {
            ConversationHarness harness = New();
            for (int i = 0; i < turns.Length; i++)
            {
                byte[] bytes = turns[i].Item2 ? turns[i].Item1 : i % 2 == 0 ? Framed(Question("a.test")) : Framed(Answer("a.test"));
                _ = i % 2 == 0 ? harness.Request(bytes) : harness.Response(bytes);
            }

            harness.Close();
            Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
        }, iter: 1000);

    private static string Play(int[] counts, Func<int, int> split, int addresses)
    {
        ConversationHarness harness = New(split);
        ushort id = 0;
        foreach (int count in counts)
        {
            harness.Request([.. Enumerable.Range(id, count).SelectMany(number => Framed(Question($"{number}.test", 1, (ushort)number)))]);
            harness.Response([.. Enumerable.Range(id, count).SelectMany(number => Framed(Answer(
                $"{number}.test", 1, (ushort)number, 0, [.. Enumerable.Repeat(new byte[] { 1, 2, 3, 4 }, addresses)])))]);
            id += (ushort)count;
        }

        return harness.Close().Conversation.ToString();
    }

    private static ConversationHarness New(Func<int, int>? split = null) =>
        new(new DnsProtocol(), new RecordingConversation { Role = SpanKind.Client }) { Split = split ?? (left => left) };
}
