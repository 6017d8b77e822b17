using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.MySql;
using Sonde.Tracing.Protocols.Sql;
using static Sonde.Tracing.Tests.Protocols.MySql.Packets;

namespace Sonde.Tracing.Tests.Protocols.MySql;

public sealed class MySqlParserTests
{
    private const ulong Millisecond = ConversationHarness.Millisecond;

    [Fact]
    public void A_statement_is_a_span_from_its_first_byte_to_the_last_of_its_rows()
    {
        RecordedSpan span = Connect().Request(Query("SELECT name FROM orders WHERE id = 7")).Response(Rows(3)).Span;
        Assert.Equal("SELECT orders", span.Name);
        Assert.Equal("mysql", span["db.system.name"]);
        Assert.Equal("shop", span["db.namespace"]);
        Assert.Equal("SELECT name FROM orders WHERE id = ?", span["db.query.text"]);
        Assert.Equal("SELECT orders", span["db.query.summary"]);
        Assert.Equal(("SELECT", "orders", "3"), (span["db.operation.name"], span["db.collection.name"], span["db.response.returned_rows"]));
        Assert.Equal(("10.0.0.1", "8080"), (span["server.address"], span["server.port"]));
        Assert.Equal(Millisecond, span.Ended - span.Begun);
        Assert.Equal(["db.system.name", "server.address", "server.port", "db.namespace", "db.operation.name", "db.collection.name", "db.query.summary"], span.MetricKeys);
        Assert.Equal("db.client.operation.duration", span.Data.Instrument?.Name);
    }

    [Fact]
    public void A_change_tells_the_rows_that_it_changed() =>
        Assert.Equal("5", Connect().Request(Query("UPDATE orders SET a = 1")).Response(Ok(affected: 5)).Span["sonde.db.response.affected_rows"]);

    [Fact]
    public void The_greeting_says_which_database_it_is() =>
        Assert.Equal("mariadb", New().Response(Greeting("5.5.5-10.11.6-MariaDB-1")).Request(Login()).Response(Ok(2)).Request(Query("SELECT 1")).Response(Rows(1)).Span["db.system.name"]);

    [Fact]
    public void A_servers_span_is_in_no_clients_histogram()
    {
        RecordedSpan span = Connect(SpanKind.Server).Request(Query("SELECT 1")).Response(Rows(1)).Span;
        Assert.Null(span.Data.Instrument);
        Assert.Equal("10.0.0.2", span["client.address"]);
    }

    [Fact]
    public void An_error_has_the_databases_number()
    {
        RecordedSpan span = Connect().Request(Query("SELECT * FROM missing")).Response(Error(1146, "Table 'shop.secret' doesn't exist")).Span;
        Assert.Equal(("1146", "1146", SpanStatus.Error), (span["db.response.status_code"], span["error.type"], span.Data.Status));
        Assert.DoesNotContain("secret", span.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_prepared_statement_is_a_span_for_each_execution()
    {
        ConversationHarness harness = Connect().Request(Command(0x16, "SELECT * FROM orders WHERE id = ?")).Response(Prepared(9))
            .Request(Execute(9)).Response(Rows(1)).Request(Execute(9)).Response(Rows(1));
        Assert.Equal(["SELECT * FROM orders WHERE id = ?", "SELECT * FROM orders WHERE id = ?"], harness.Spans.Select(span => span["db.query.text"]));
    }

    [Fact]
    public void What_was_prepared_unseen_says_so()
    {
        RecordedSpan span = Connect().Request(Execute(3)).Response(Ok(affected: 1)).Span;
        Assert.Equal((null, "true", "shop"), (span["db.query.text"], span["sonde.db.query.unknown"], span.Name));
    }

    [Fact]
    public void A_closed_statement_is_forgotten_and_closing_is_no_span()
    {
        ConversationHarness harness = Connect().Request(Command(0x16, "SELECT * FROM a")).Response(Prepared(9))
            .Request([.. Packet(0, 0x19, 9, 0, 0, 0), .. Query("SELECT * FROM b")]).Response(Rows(1)).Request(Execute(9)).Response(Ok());
        Assert.Equal(["SELECT b", "shop"], harness.Spans.Select(span => span.Name));
    }

    [Fact]
    public void What_cannot_be_prepared_is_a_span() =>
        Assert.Equal("1064", Connect().Request(Command(0x16, "SELEC 1")).Response(Error(1064, "You have an error")).Span["error.type"]);

    [Fact]
    public void MariaDb_prepares_and_executes_in_one_breath()
    {
        ConversationHarness harness = Connect().Request([.. Command(0x16, "SELECT * FROM orders"), .. Packet(0, 0x17, 255, 255, 255, 255, 0, 1, 0, 0, 0)]).Response([.. Prepared(4), .. Rows(2)]);
        Assert.Equal(("SELECT orders", "2"), (harness.Span.Name, harness.Span["db.response.returned_rows"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Several_statements_of_one_command_are_one_span(bool deprecatesEof)
    {
        RecordedSpan span = Connect().Request(Query("SELECT 1 FROM a; UPDATE b SET c = 2; SELECT 3 FROM d"))
            .Response([.. Rows(2, deprecatesEof, status: 8), .. Ok(6, affected: 4, status: 8), .. Rows(1, deprecatesEof, number: 7)]).Span;
        Assert.Equal("SELECT a UPDATE b SELECT d", span.Name);
        Assert.Equal("3", span["db.response.returned_rows"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_beyond_the_capture_end_with_the_last_bytes(bool deprecatesEof)
    {
        ConversationHarness harness = Connect().Request(Query("SELECT * FROM big")).Response(Rows(50, deprecatesEof, size: 100));
        Assert.Equal(Outcome.Open, Assert.Single(harness.Spans).Outcome);
        Assert.Equal(Millisecond, harness.Quiet().Span.Ended - harness.Span.Begun);
        Assert.Null(harness.Span["db.response.returned_rows"]);
    }

    [Fact]
    public void A_pause_amid_rows_is_no_end()
    {
        ConversationHarness harness = Connect().Request(Query("SELECT * FROM big")).Response(Rows(50, size: 100)[..3000]).Quiet();
        Assert.Equal(Outcome.Open, Assert.Single(harness.Spans).Outcome);
        harness.Request(Query("SELECT 1")).Response(Rows(1));
        Assert.All(harness.Spans, span => Assert.Equal((Outcome.Completed, null), (span.Outcome, span["error.type"])));
    }

    [Fact]
    public void The_current_database_changes_when_the_server_says_so()
    {
        ConversationHarness harness = Connect().Request(Query("USE `other`")).Response(Error(1049, "Unknown database")).Request(Query("SELECT 1")).Response(Rows(1))
            .Request(Query("USE `third`")).Response(Ok()).Request(Query("SELECT 1")).Response(Rows(1)).Request(Command(2, "fourth")).Response(Ok()).Request(Query("SELECT 1")).Response(Rows(1));
        Assert.Equal(["shop", "shop", "shop", "third", "fourth"], harness.Spans.Select(span => span["db.namespace"]));
    }

    [Fact]
    public void A_backslash_quotes_unless_the_session_says_otherwise()
    {
        ConversationHarness harness = Connect().Request(Query(@"SELECT 'a\'b', x")).Response(Rows(1)).Request(Query("SET sql_mode = 'NO_BACKSLASH_ESCAPES'")).Response(Ok(status: 0x202))
            .Request(Query(@"SELECT 'a\', x")).Response(Rows(1));
        Assert.Equal("SELECT ?, x", harness.Spans[0]["db.query.text"]);
        Assert.Equal("SELECT ?, x", harness.Spans[2]["db.query.text"]);
    }

    [Fact]
    public void A_file_of_the_clients_belongs_to_its_statement()
    {
        RecordedSpan span = Connect().Request(Query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t")).Response(Packet(1, [0xfb, .. Ascii("x")]))
            .Request([.. Packet(2, Ascii("1,2\n3,4\n")), .. Packet(3)]).Response(Ok(4, affected: 2)).Span;
        Assert.Equal(("2", 3 * Millisecond), (span["sonde.db.response.affected_rows"], span.Ended - span.Begun));
    }

    [Fact]
    public void Commands_that_execute_nothing_are_no_spans() =>
        Assert.Empty(Connect().Request(Packet(0, 0x0e)).Response(Ok()).Request(Packet(0, 0x1f)).Response(Ok()).Request(Packet(0, 1)).Close().Spans);

    [Fact]
    public void A_connection_that_ends_without_an_answer_is_an_error() =>
        Assert.Equal("connection_closed", Connect().Request(Query("SELECT SLEEP(9)")).Close().Span["error.type"]);

    [Theory]
    [InlineData(0x0000_8a08u)]
    [InlineData(0x0000_8228u)]
    [InlineData(0x0400_8208u)]
    public void What_is_encrypted_or_compressed_is_left_alone(uint capabilities) =>
        Assert.True(New().Response(Greeting()).Request(Login(capabilities: capabilities)).Conversation.IsMuted);

    [Fact]
    public void The_attributes_of_a_query_are_passed_over() =>
        Assert.Equal("SELECT ?", New().Response(Greeting()).Request(Login(capabilities: 0x0800_8208)).Response(Ok(2)).Request(Command(3, "\0\x01SELECT 1")).Response(Rows(1)).Span["db.query.text"]);

    [Fact]
    public void A_statement_longer_than_the_capture_says_so()
    {
        RecordedSpan span = Connect().Request(Query($"INSERT INTO t VALUES ('{new string('x', 9000)}')")).Response(Ok(affected: 1)).Span;
        Assert.Equal(("INSERT INTO t VALUES (", "true", "1"), (span["db.query.text"], span["sonde.db.query.cut"], span["sonde.db.response.affected_rows"]));
    }

    [Fact]
    public void A_connection_joined_in_the_middle_is_recognized_by_its_statements()
    {
        var protocol = new MySqlProtocol(new SqlSettings());
        Assert.True(protocol.Recognizes(Query("SELECT 1"), []));
        Assert.True(protocol.Recognizes(Execute(1), []));
        Assert.True(protocol.Recognizes([], Greeting()));
        Assert.False(protocol.Recognizes("GET / HTTP/1.1\r\n"u8, []));
        Assert.False(protocol.Recognizes(Packet(1, Ascii("xSELECT")), []));
        Assert.Equal("SELECT t", New().Request(Query("SELECT a FROM t")).Response(Rows(1)).Span.Name);
    }

    [Fact]
    public void Any_split_of_the_bytes_gives_the_same_spans() =>
        Gen.Select(s_turn.Array[1, 6], Gen.Int[1, 40].Array[1, 9]).Sample((turns, sizes) =>
        {
            int next = 0;
            string whole = Play(turns, left => left);
            Assert.Equal(whole, Play(turns, _ => sizes[next++ % sizes.Length]));
            Assert.Equal(whole, Play(turns, _ => 1));
        }, iter: 300);

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.Select(s_turn, Gen.Int[0, 200], Gen.Byte, Gen.Byte.Array[0, 60], Gen.Int[0, 3]).Array[1, 8].Sample(turns =>
        {
            ConversationHarness harness = Connect();
            foreach (((byte[] request, byte[] response), int place, byte value, byte[] noise, int kind) in turns)
            {
                byte[] damaged = [.. response];
                damaged[place % damaged.Length] = value;
                _ = kind switch
                {
                    0 => harness.Request(noise).Response(damaged),
                    1 => harness.Request(request).Lose().Response(damaged),
                    2 => harness.Request(request).Response(damaged).Quiet(),
                    _ => harness.Request([.. request, .. noise]).Response(noise),
                };
            }

            Assert.DoesNotContain(harness.Close().Spans, span => span.Outcome == Outcome.Open);
        }, iter: 1000);

    private static readonly Gen<(byte[] Request, byte[] Response)> s_turn = Gen.OneOf<(byte[], byte[])>(
        Gen.Const(() => (Query("SELECT a FROM t WHERE b = 'x'"), Rows(3))),
        Gen.Const(() => (Query("SELECT a FROM t"), Rows(0, deprecatesEof: true))),
        Gen.Const(() => (Query("SELECT 1; SELECT 2"), Rows(3, status: 8).Concat(Rows(1, number: 8)).ToArray())),
        Gen.Const(() => (Query("UPDATE t SET a = 1"), Ok(affected: 3))),
        Gen.Const(() => (Query("SELECT nope"), Error(1054, "Unknown column"))),
        Gen.Const(() => (Command(0x16, "SELECT ?"), Prepared(7))),
        Gen.Const(() => (Execute(7), Rows(2))),
        Gen.Const(() => (Packet(0, 0x0e), Ok())),
        Gen.Const(() => (Query("USE other"), Ok())));

    private static ConversationHarness New(SpanKind role = SpanKind.Client, Func<int, int>? split = null) =>
        new(new MySqlProtocol(new SqlSettings()), new RecordingConversation { Role = role }) { Split = split ?? (left => left) };

    private static ConversationHarness Connect(SpanKind role = SpanKind.Client, Func<int, int>? split = null) =>
        New(role, split).Response(Greeting()).Request(Login()).Response(Ok(2));

    private static string Play((byte[] Request, byte[] Response)[] turns, Func<int, int> split)
    {
        ConversationHarness harness = Connect(split: split);
        foreach ((byte[] request, byte[] response) in turns)
        {
            harness.Request(request).Response(response);
        }

        return harness.Close().Conversation.ToString();
    }
}
