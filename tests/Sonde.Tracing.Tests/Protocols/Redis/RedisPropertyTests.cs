using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Redis;
using static Sonde.Tracing.Tests.Protocols.Redis.Resp;

namespace Sonde.Tracing.Tests.Protocols.Redis;

/// <summary>What holds for any traffic.</summary>
public sealed class RedisPropertyTests
{
    /// <summary>What messages are made of.</summary>
    private const string Likely = "*$+-:%~>|_0123456789PINGsetSELECT \r\n\r\n\r\n";

    private static readonly Gen<string> s_command = Gen.OneOf(
        Gen.OneOf(
            "GET key", "SET key value", "PING", "MULTI", "EXEC", "DISCARD", "SELECT 2", "HSET h f v g w", "CLIENT SETNAME me",
            "BLPOP a b 0", "EVALSHA abc 0", "RESET", "NOSUCH a b").Select(command => Commands(command)),
        Gen.Int[0, 6000].Select(length => Array("SET", "key", new string('v', length))),
        Gen.Int[1, 300].Select(count => Array(["MSET", .. Enumerable.Range(0, 2 * count).Select(number => $"{number}")])),
        Gen.OneOf("PING\r\n", "set a b\n", "\r\n"));

    private static readonly Gen<string> s_reply = Gen.OneOf(
        Gen.OneOf(
            "+OK\r\n", "+QUEUED\r\n", "-ERR no\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n", ":7\r\n", "_\r\n", "#t\r\n", ",1.5\r\n", "(123\r\n", "=6\r\ntxt:ab\r\n",
            "!5\r\nERR x\r\n", "%1\r\n+a\r\n*2\r\n:1\r\n$1\r\nx\r\n", "~2\r\n:1\r\n:2\r\n", "|1\r\n+ttl\r\n:1\r\n+OK\r\n", ">2\r\n+message\r\n+x\r\n"),
        Gen.Int[0, 2000].Select(length => Bulk(new string('v', length))),
        Gen.Int[0, 60].Select(count => $"*{count}\r\n" + string.Concat(Enumerable.Repeat(Bulk("0123456789"), count))));

    /// <summary>Turns: some commands, then as many replies, perhaps one more or less.</summary>
    private static readonly Gen<(string Request, string Response)> s_turn = Gen.Int[1, 4].SelectMany(count =>
        Gen.Select(s_command.Array[count], Gen.Int[Math.Max(1, count - 1), count + 1].SelectMany(replies => s_reply.Array[replies]), (commands, replies) =>
            (string.Concat(commands), string.Concat(replies))));

    [Fact]
    public void Any_split_of_the_same_bytes_gives_the_same_answer() =>
        Gen.Select(s_turn.Array[1, 6], Gen.Int[1, 700].Array[1, 20], Gen.Bool, Gen.Bool, Gen.Bool).Sample((turns, sizes, tail, quiet, whole) =>
        {
            int next = 0;
            string expected = Play(turns, left => left, tail, quiet, whole);
            Assert.Equal(expected, Play(turns, _ => sizes[next++ % sizes.Length], tail, quiet, whole));
            Assert.Equal(expected, Play(turns, _ => 1, tail, quiet, whole));
        }, iter: 400);

    [Fact]
    public void Within_the_capture_every_command_has_a_span() =>
        Gen.Int[1, 20].Array[1, 10].Sample(counts =>
        {
            ConversationHarness harness = New(left => left, tail: true, whole: true);
            foreach (int count in counts)
            {
                harness.Request(string.Concat(Enumerable.Repeat(Commands("GET key"), count))).Response(string.Concat(Enumerable.Repeat(Bulk("value"), count)));
            }

            Assert.Equal(counts.Sum(), harness.Close().Conversation.Completed.Count());
            Assert.Equal(0, harness.Conversation.MalformedCount);
            Assert.All(harness.Spans, span => Assert.Equal(SpanStatus.Unset, span.Data.Status));
        }, iter: 200);

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.OneOf(Gen.Byte, Gen.Int[0, Likely.Length - 1].Select(index => (byte)Likely[index])).Array[0, 300].Array[1, 10].Sample(turns =>
        {
            ConversationHarness harness = New(left => Math.Min(left, 7), tail: true, whole: true);
            for (int i = 0; i < turns.Length; i++)
            {
                _ = i % 2 == 0 ? harness.Request(turns[i]) : harness.Response(turns[i]);
            }

            harness.Close();
            Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
        }, iter: 2000);

    [Fact]
    public void Lost_records_leave_no_span_open() =>
        Gen.Select(s_turn.Array[1, 6], Gen.Int[0, 5]).Sample((turns, lost) =>
        {
            ConversationHarness harness = New(left => left, tail: true, whole: true);
            for (int i = 0; i < turns.Length; i++)
            {
                harness.Request(turns[i].Request);
                _ = i == lost ? harness.Lose() : harness;
                harness.Response(turns[i].Response);
            }

            harness.Close();
            Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
        }, iter: 500);

    private static string Play((string Request, string Response)[] turns, Func<int, int> split, bool tail, bool quiet, bool whole)
    {
        ConversationHarness harness = New(split, tail, whole);
        foreach ((string request, string response) in turns)
        {
            harness.Request(request).Response(response);
            _ = quiet ? harness.Quiet() : harness;
        }

        return harness.Close().Conversation.ToString();
    }

    private static ConversationHarness New(Func<int, int> split, bool tail, bool whole) =>
        new(new RedisProtocol(), new RecordingConversation { Role = SpanKind.Client, IsWhole = whole }) { Split = split, TailIsReadable = tail };
}
