using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Redis;
using static Sonde.Tracing.Tests.Protocols.Redis.Resp;

namespace Sonde.Tracing.Tests.Protocols.Redis;

public sealed class RedisParserTests
{
    [Fact]
    public void A_command_is_a_span_from_its_first_byte_to_the_last_of_the_answer()
    {
        RecordedSpan span = New().Request(Commands("GET user:7")).Response(Bulk("hello")).Span;
        Assert.Equal("GET", span.Name);
        Assert.Equal("redis", span["db.system.name"]);
        Assert.Equal("GET", span["db.operation.name"]);
        Assert.Equal("GET user:7", span["db.query.text"]);
        Assert.Equal("0", span["db.namespace"]);
        Assert.Equal("10.0.0.1", span["server.address"]);
        Assert.Equal(["db.system.name", "server.address", "server.port", "db.operation.name", "db.namespace"], span.MetricKeys);
        Assert.Equal("db.client.operation.duration", span.Data.Instrument?.Name);
        Assert.Equal(ConversationHarness.Millisecond, span.Ended - span.Begun);
    }

    [Fact]
    public void A_server_span_is_in_no_client_metric()
    {
        RecordedSpan span = New(SpanKind.Server).Request(Commands("GET k")).Response(Bulk("v")).Span;
        Assert.Null(span.Data.Instrument);
        Assert.Equal("10.0.0.2", span["client.address"]);
    }

    [Theory]
    [InlineData("SET k secret EX 10", "SET k ? ? ?")]
    [InlineData("set k secret", "set k ?")]
    [InlineData("MSET a 1 b 2", "MSET a ? b ?")]
    [InlineData("HSET h f 1 g 2", "HSET h f ? g ?")]
    [InlineData("DEL a b c", "DEL a b c")]
    [InlineData("AUTH default secret", "AUTH ? ?")]
    [InlineData("HELLO 3 AUTH default secret SETNAME me", "HELLO 3 ? ? ? ? ?")]
    [InlineData("CONFIG SET requirepass secret", "CONFIG SET requirepass ?")]
    [InlineData("CONFIG SET maxmemory 1mb requirepass secret", "CONFIG SET maxmemory ? ? ?")]
    [InlineData("ACL SETUSER bob on >secret allkeys", "ACL SETUSER ? ? ? ?")]
    [InlineData("MIGRATE host 6379 k 0 10 AUTH secret", "MIGRATE ? ? ? ? ? ? ?")]
    [InlineData("EVAL return('secret') 1 k", "EVAL ? ? ?")]
    [InlineData("JSON.SET doc $ secret", "JSON.SET ? ? ?")]
    [InlineData("XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s >")]
    [InlineData("PING", "PING")]
    public void Keys_stay_and_values_go(string command, string text) =>
        Assert.Equal(text, New().Request(Commands(command)).Response("+OK\r\n").Span["db.query.text"]);

    [Fact]
    public void A_key_of_any_bytes_is_quoted_as_redis_cli_does()
    {
        string text = Array("GET", "a \"b\"\n\x01\xff");
        Assert.Equal("GET \"a \\\"b\\\"\\n\\x01\\xff\"", New().Request(text).Response("$-1\r\n").Span["db.query.text"]);
    }

    [Fact]
    public void A_long_key_is_cut() =>
        Assert.Equal($"GET {new string('k', 96)}...", New().Request(Commands($"GET {new string('k', 300)}")).Response("$-1\r\n").Span["db.query.text"]);

    [Theory]
    [InlineData("-ERR unknown command 'secret'\r\n", "ERR")]
    [InlineData("-WRONGTYPE Operation against a key\r\n", "WRONGTYPE")]
    [InlineData("-MOVED 3999 127.0.0.1:6381\r\n", "MOVED")]
    [InlineData("-ASK 3999 127.0.0.1:6381\r\n", "ASK")]
    [InlineData("!21\r\nSYNTAX invalid syntax\r\n", "SYNTAX")]
    [InlineData("|1\r\n+ttl\r\n:5\r\n-ERR late\r\n", "ERR")]
    public void The_first_word_of_an_error_is_its_code(string answer, string code)
    {
        RecordedSpan span = New().Request(Commands("GET k")).Response(answer).Span;
        Assert.Equal(code, span["db.response.status_code"]);
        Assert.Equal(code, span["error.type"]);
        Assert.Equal(SpanStatus.Error, span.Data.Status);
    }

    [Fact]
    public void An_error_of_a_scripts_own_wording_has_no_code()
    {
        RecordedSpan span = New().Request(Commands("FCALL f 0")).Response("-My secret\r\n").Span;
        Assert.Null(span["db.response.status_code"]);
        Assert.Equal("_OTHER", span["error.type"]);
        Assert.Equal("f", span["db.stored_procedure.name"]);
    }

    [Fact]
    public void Pipelined_commands_are_a_span_each()
    {
        ConversationHarness harness = New().Request(Commands("SET a 1", "GET a", "LPUSH a 1", "LRANGE b 0 -1"));
        harness.Response("+OK\r\n$1\r\n1\r\n-WRONGTYPE Operation\r\n*2\r\n$1\r\nx\r\n*1\r\n:1\r\n");
        Assert.Equal(["SET", "GET", "LPUSH", "LRANGE"], harness.Conversation.Completed.Select(span => span.Name));
        Assert.Equal([null, null, "WRONGTYPE", null], harness.Spans.Select(span => span["db.response.status_code"]));
    }

    [Fact]
    public void Commands_of_many_threads_on_one_connection_are_answered_in_order()
    {
        ConversationHarness harness = New().Request(Commands("GET a")).Request(Commands("GET b")).Response(Bulk("a"))
            .Request(Commands("GET c")).Response(Bulk("b") + Bulk("c"));
        Assert.Equal(["GET a", "GET b", "GET c"], harness.Conversation.Completed.Select(span => span["db.query.text"]));
        Assert.Equal([3UL, 3, 2], harness.Spans.Select(span => (span.Ended - span.Begun) / ConversationHarness.Millisecond + (span["db.query.text"] == "GET a" ? 1UL : span["db.query.text"] == "GET c" ? 1UL : 0)));
    }

    [Fact]
    public void A_value_beyond_the_capture_ends_by_its_length()
    {
        ConversationHarness harness = New().Request(Commands("GET big", "GET small")).Response(Bulk(new string('x', 100_000)) + "$1\r\n1\r\n");
        Assert.Equal("GET big", Assert.Single(harness.Conversation.Completed)["db.query.text"]);
        harness.Request(Commands("GET next")).Response(Bulk("v"));
        Assert.Equal(["GET big", "GET small", "GET next"], harness.Conversation.Completed.Select(span => span["db.query.text"]));
        Assert.Equal([null, "true", null], harness.Spans.Select(span => span["sonde.db.response.unseen"]));
    }

    [Fact]
    public void A_command_whose_value_is_beyond_the_capture_has_its_span() =>
        Assert.Equal("SET k ?", New().Request(Array("SET", "k", new string('v', 100_000))).Response("+OK\r\n").Span["db.query.text"]);

    [Fact]
    public void Many_values_beyond_the_capture_end_with_the_exchange()
    {
        string list = "*100\r\n" + string.Concat(Enumerable.Repeat(Bulk("0123456789"), 100));
        ConversationHarness harness = New().Request(Commands("LRANGE l 0 -1")).Response(list).Wait(5).Request(Commands("PING")).Response("+PONG\r\n");
        Assert.Equal(["LRANGE", "PING"], harness.Conversation.Completed.Select(span => span.Name));
        Assert.Equal(ConversationHarness.Millisecond, harness.Spans[0].Ended - harness.Spans[0].Begun);
        Assert.Null(harness.Spans[0]["sonde.db.response.unseen"]);
    }

    [Fact]
    public void On_a_shared_connection_answers_that_were_not_seen_are_given_up_until_it_is_silent()
    {
        ConversationHarness harness = New().Request(Commands("GET a")).Request(Commands("GET b")).Response(Bulk("a")).Request(Commands("GET c"));
        harness.Response("*100\r\n" + string.Concat(Enumerable.Repeat(Bulk("0123456789"), 100)));
        harness.Request(Commands("GET d")).Response(Bulk("c"));
        Assert.Equal(["GET a"], harness.Conversation.Completed.Select(span => span["db.query.text"]));
        harness.Wait(1000).Request(Commands("GET e")).Response(Bulk("e"));
        Assert.Equal(["GET a", "GET e"], harness.Conversation.Completed.Select(span => span["db.query.text"]));
        Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
    }

    [Fact]
    public void A_shared_connection_that_was_open_before_is_read_after_a_silence()
    {
        var harness = new ConversationHarness(new RedisProtocol(), new RecordingConversation { Role = SpanKind.Client, IsWhole = false });
        harness.Request(Commands("GET b")).Response(Bulk("a")).Request(Commands("GET c", "GET d")).Response(Bulk("b")).Request(Commands("GET e")).Response(Bulk("c"));
        Assert.Equal(2, harness.Conversation.Completed.Count());
        harness.Wait(1000).Request(Commands("GET f")).Response(Bulk("f"));
        RecordedSpan last = harness.Conversation.Completed.Last();
        Assert.Equal("GET f", last["db.query.text"]);
        Assert.Null(last["db.namespace"]);
    }

    [Fact]
    public void A_transaction_is_one_span()
    {
        ConversationHarness harness = New().Request(Commands("MULTI", "SET a 1", "SET a 2", "INCR b", "EXEC"));
        harness.Response("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n+OK\r\n:1\r\n");
        RecordedSpan span = harness.Span;
        Assert.Equal("MULTI", span.Name);
        Assert.Equal("3", span["db.operation.batch.size"]);
        Assert.Equal("SET a ?; INCR b", span["db.query.text"]);
    }

    [Fact]
    public void A_transaction_in_turns_lasts_from_its_beginning_to_the_end_of_its_execution()
    {
        ConversationHarness harness = New().Request(Commands("MULTI")).Response("+OK\r\n").Request(Commands("SET a 1")).Response("+QUEUED\r\n")
            .Request(Commands("SET b 1")).Response("+QUEUED\r\n").Request(Commands("EXEC")).Response("*2\r\n+OK\r\n+OK\r\n");
        RecordedSpan span = harness.Span;
        Assert.Equal("MULTI SET", span.Name);
        Assert.Equal("SET a ?; SET b ?", span["db.query.text"]);
        Assert.Equal(7 * ConversationHarness.Millisecond, span.Ended - span.Begun);
    }

    [Fact]
    public void A_transaction_that_is_refused_has_the_code_of_its_execution() =>
        Assert.Equal("EXECABORT", New().Request(Commands("MULTI", "SET a", "EXEC"))
            .Response("+OK\r\n-ERR wrong number of arguments\r\n-EXECABORT Transaction discarded\r\n").Span["error.type"]);

    [Fact]
    public void The_database_is_the_one_that_was_chosen_last()
    {
        ConversationHarness harness = New().Request(Commands("GET a", "SELECT 3", "GET a", "SELECT 99", "GET a"))
            .Response("$-1\r\n+OK\r\n$-1\r\n-ERR DB index is out of range\r\n$-1\r\n");
        Assert.Equal(["0", "3", "3", "99", "3"], harness.Conversation.Completed.Select(span => span["db.namespace"]));
    }

    [Fact]
    public void Pushes_are_no_answers()
    {
        ConversationHarness harness = New().Request(Commands("HELLO 3")).Response("%1\r\n+server\r\n+redis\r\n").Request(Commands("SUBSCRIBE a b", "GET k"))
            .Response(">3\r\n+subscribe\r\n+a\r\n:1\r\n>2\r\n+invalidate\r\n*1\r\n+k\r\n>3\r\n$9\r\nsubscribe\r\n+b\r\n:2\r\n" + Bulk("v"))
            .Response(">3\r\n+message\r\n+a\r\n+hello\r\n");
        Assert.Equal(["HELLO", "SUBSCRIBE", "GET"], harness.Conversation.Completed.Select(span => span.Name));
        Assert.False(harness.Conversation.IsMuted);
    }

    [Theory]
    [InlineData("SUBSCRIBE news", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n")]
    [InlineData("MONITOR", "+OK\r\n")]
    public void A_connection_that_carries_something_else_is_left_alone(string command, string answer)
    {
        ConversationHarness harness = New().Request(Commands(command)).Response(answer);
        Assert.Equal(Outcome.Completed, harness.Span.Outcome);
        Assert.True(harness.Conversation.IsMuted);
    }

    [Fact]
    public void Without_answers_there_is_nothing_to_measure()
    {
        ConversationHarness harness = New().Request(Commands("CLIENT REPLY OFF")).Close();
        Assert.Equal(Outcome.Abandoned, Assert.Single(harness.Spans).Outcome);
        Assert.True(harness.Conversation.IsMuted);
    }

    [Fact]
    public void A_blocking_command_lasts_as_long_as_it_blocks() =>
        Assert.Equal(501 * ConversationHarness.Millisecond, Lasted(New().Request(Commands("BLPOP q 1")).Wait(500).Response("*2\r\n$1\r\nq\r\n$1\r\nv\r\n")));

    [Fact]
    public void An_inline_command_is_a_command() =>
        Assert.Equal("PING", New().Request("\r\nPING\r\n").Response("+PONG\r\n").Span["db.query.text"]);

    [Theory]
    [InlineData("", "connection_closed")]
    [InlineData("$100\r\nabc", "response_truncated")]
    public void A_connection_that_ends_early_is_an_error(string answer, string error)
    {
        ConversationHarness harness = New().Request(Commands("GET k"));
        _ = answer.Length > 0 ? harness.Response(answer) : harness;
        Assert.Equal(error, harness.Close().Span["error.type"]);
    }

    [Fact]
    public void A_server_that_shuts_down_has_done_so() =>
        Assert.Null(New().Request(Commands("SHUTDOWN NOSAVE")).Close().Span["error.type"]);

    [Fact]
    public void What_is_not_sampled_has_the_metrics_attributes_alone()
    {
        var harness = new ConversationHarness(new RedisProtocol(), new RecordingConversation { Role = SpanKind.Client, IsSampled = false });
        RecordedSpan span = harness.Request(Commands("GET k")).Response("$-1\r\n").Span;
        Assert.Equal(span.MetricKeys, span.Keys);
    }

    [Theory]
    [InlineData(":1\r\n")]
    [InlineData("*2\r\n$6\r\nsecret\r\n$1\r\nx\r\n")]
    public void An_answer_on_the_clients_side_shows_that_the_sides_are_turned(string answer)
    {
        var harness = new ConversationHarness(new RedisProtocol(), new RecordingConversation { Role = SpanKind.Server, IsWhole = false });
        harness.Request(answer);
        Assert.Empty(harness.Spans);
        Assert.True(harness.Conversation.IsTurned);
    }

    [Theory]
    [InlineData("PING\r\n", "+PONG\r\n", true)]
    [InlineData("GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", false)]
    [InlineData("USER me\r\n", "+OK\r\n", false)]
    [InlineData("PING\r\n", "", false)]
    public void A_typed_command_is_known_by_its_name_and_its_answer(string request, string response, bool isRedis) =>
        Assert.Equal(isRedis, new RedisProtocol().Recognizes(
            System.Text.Encoding.Latin1.GetBytes(request), System.Text.Encoding.Latin1.GetBytes(response)));

    private static ulong Lasted(ConversationHarness harness) => harness.Span.Ended - harness.Span.Begun;

    private static ConversationHarness New(SpanKind role = SpanKind.Client) => new(new RedisProtocol(), new RecordingConversation { Role = role });
}
