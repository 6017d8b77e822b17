using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.PostgreSql;
using Sonde.Tracing.Protocols.Sql;
using static Sonde.Tracing.Tests.Protocols.PostgreSql.Messages;

namespace Sonde.Tracing.Tests.Protocols.PostgreSql;

public sealed class PostgreSqlParserTests
{
    private const ulong Millisecond = FrameHarness.Millisecond;

    [Fact]
    public void A_simple_query_is_a_span_up_to_its_end()
    {
        RecordedSpan span = Connect().Request(Query("SELECT name FROM orders WHERE id = 7")).Response([.. Rows(3), .. Complete("SELECT 3"), .. Ready()]).Span;
        Assert.Equal(("SELECT orders", "postgresql", "shop"), (span.Name, span["db.system.name"], span["db.namespace"]));
        Assert.Equal(("SELECT name FROM orders WHERE id = ?", "SELECT", "orders"), (span["db.query.text"], span["db.operation.name"], span["db.collection.name"]));
        Assert.Equal(("3", Millisecond), (span["db.response.returned_rows"], span.Ended - span.Begun));
        Assert.Equal("db.client.operation.duration", span.Data.Instrument?.Name);
    }

    [Fact]
    public void Several_statements_of_one_query_are_one_span()
    {
        RecordedSpan span = Connect().Request(Query("BEGIN; UPDATE a SET b = 1; SELECT 2 FROM c"))
            .Response([.. Complete("BEGIN"), .. Complete("UPDATE 4"), .. Rows(2), .. Complete("SELECT 2"), .. Ready('T')]).Span;
        Assert.Equal(("BEGIN UPDATE a SELECT c", "2", "4"), (span.Name, span["db.response.returned_rows"], span["sonde.db.response.affected_rows"]));
    }

    [Fact]
    public void An_error_has_its_sqlstate_and_nothing_of_its_message()
    {
        RecordedSpan span = Connect().Request(Query("SELECT 1/0")).Response([.. Error("22012"), .. Ready()]).Span;
        Assert.Equal(("22012", "22012", SpanStatus.Error), (span["db.response.status_code"], span["error.type"], span.Data.Status));
        Assert.DoesNotContain("planted", span.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_extended_query_is_a_span_from_its_Parse_to_its_end()
    {
        FrameHarness harness = Connect().Request([.. Parse("INSERT INTO t VALUES ($1)"), .. Bind(), .. Execute(), .. Sync()]).Response([.. Message('1'), .. Message('2'), .. Complete("INSERT 0 1"), .. Ready()]);
        Assert.Equal(("INSERT t", "1"), (harness.Span.Name, harness.Span["sonde.db.response.affected_rows"]));
        Assert.DoesNotContain("planted", harness.Span.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_statement_is_remembered_and_preparing_is_no_span()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELECT * FROM a", "one"), .. Sync()]).Response([.. Message('1'), .. Ready()])
            .Request([.. Parse("SELECT * FROM b", "two"), .. Sync()]).Response([.. Message('1'), .. Ready()]);
        Assert.Empty(harness.Spans);
        foreach (string name in new[] { "one", "two", "one" })
        {
            harness.Request([.. Bind(name), .. Execute(), .. Sync()]).Response([.. Message('2'), .. Complete("SELECT 0"), .. Ready()]);
        }

        Assert.Equal(["SELECT a", "SELECT b", "SELECT a"], harness.Spans.Select(span => span.Name));
    }

    [Fact]
    public void What_was_prepared_unseen_or_closed_says_so()
    {
        FrameHarness harness = Connect().Request([.. Bind("old"), .. Execute(), .. Sync()]).Response([.. Message('2'), .. Complete("SELECT 0"), .. Ready()])
            .Request([.. Parse("SELECT * FROM a", "one"), .. Message('C', "Sone\0"u8.ToArray()), .. Bind("one"), .. Execute(), .. Sync()]).Response([.. Message('1'), .. Message('3'), .. Message('2'), .. Complete("SELECT 0"), .. Ready()]);
        Assert.All(harness.Spans, span => Assert.Equal(("shop", "true", null), (span.Name, span["sonde.db.query.unknown"], span["db.query.text"])));
        Assert.Equal(2, harness.Spans.Count);
    }

    [Fact]
    public void What_cannot_be_parsed_is_a_span_executed_or_not()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELEC 1"), .. Sync()]).Response([.. Error("42601"), .. Ready()])
            .Request([.. Parse("SELECT * FROM missing"), .. Bind(), .. Execute(), .. Sync()]).Response([.. Error("42P01"), .. Ready()]);
        Assert.Equal(["42601", "42P01"], harness.Spans.Select(span => span["error.type"]));
        Assert.Equal(["SELEC", "SELECT missing"], harness.Spans.Select(span => span.Name));
    }

    [Fact]
    public void Pipelined_executions_end_one_by_one()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELECT * FROM a"), .. Bind(), .. Execute(), .. Parse("UPDATE b SET c = 1"), .. Bind(), .. Execute(), .. Sync(), .. Query("SELECT * FROM d")])
            .Response([.. Message('1'), .. Message('2'), .. Rows(1), .. Complete("SELECT 1")]).Response([.. Message('1'), .. Message('2'), .. Complete("UPDATE 5"), .. Ready(), .. Complete("SELECT 2")]).Response(Ready());
        Assert.Equal(["SELECT a", "UPDATE b", "SELECT d"], harness.Spans.Select(span => span.Name));
        Assert.Equal([Millisecond, 2 * Millisecond, 3 * Millisecond], harness.Spans.Select(span => span.Ended - span.Begun));
    }

    [Fact]
    public void What_the_server_skips_after_an_error_is_told_as_skipped()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELECT * FROM a"), .. Bind(), .. Execute(), .. Parse("SELECT * FROM b"), .. Bind(), .. Execute(), .. Sync(), .. Query("SELECT * FROM c")])
            .Response([.. Message('1'), .. Message('2'), .. Error("23505"), .. Ready(), .. Complete("SELECT 0"), .. Ready()]);
        Assert.Equal(["23505", "pipeline_aborted", null], harness.Spans.Select(span => span["error.type"]));
    }

    [Fact]
    public void Copied_data_is_passed_over()
    {
        FrameHarness harness = Connect().Request(Query("COPY t FROM STDIN")).Response(Message('G', 0, 0, 0)).Request([.. Message('d', "planted"u8.ToArray()), .. Message('c')])
            .Response([.. Complete("COPY 9"), .. Ready()]).Request(Query("COPY t TO STDOUT")).Response([.. Message('H', 0, 0, 0), .. Message('d', "planted"u8.ToArray()), .. Message('c'), .. Complete("COPY 8"), .. Ready()]);
        Assert.Equal(["9", null], harness.Spans.Select(span => span["sonde.db.response.affected_rows"]));
        Assert.Equal([null, "8"], harness.Spans.Select(span => span["db.response.returned_rows"]));
        Assert.Equal(3 * Millisecond, harness.Spans[0].Ended - harness.Spans[0].Begun);
    }

    [Fact]
    public void Rows_fetched_in_portions_are_an_execution_each()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELECT * FROM a"), .. Bind(portal: "C_1"), .. Execute("C_1"), .. Sync()]).Response([.. Message('1'), .. Message('2'), .. Rows(5), .. Message('s'), .. Ready('T')])
            .Request([.. Execute("C_1"), .. Sync()]).Response([.. Rows(2), .. Complete("SELECT 2"), .. Ready('T')]);
        Assert.Equal(["SELECT a", "SELECT a"], harness.Spans.Select(span => span.Name));
    }

    [Fact]
    public void The_database_is_the_users_where_none_is_named() =>
        Assert.Equal("jo", New().Request(Startup("user", "jo")).Response(Welcome()).Request(Query("SELECT 1")).Response([.. Complete("SELECT 1"), .. Ready()]).Span["db.namespace"]);

    [Fact]
    public void A_refused_encryption_changes_nothing() =>
        Assert.Equal("SELECT", New().Request(Opening(80877104)).Response("N").Request(Opening(80877103)).Response("N").Request(Startup("user", "jo")).Response(Welcome())
            .Request(Query("SELECT 1")).Response([.. Complete("SELECT 1"), .. Ready()]).Span.Name);

    [Theory]
    [InlineData(80877103, "S")]
    [InlineData(80877104, "G")]
    public void What_is_encrypted_is_left_alone(int question, string answer) =>
        Assert.True(New().Request(Opening(question)).Response(answer).Conversation.IsMuted);

    [Fact]
    public void Replication_and_cancelling_are_left_alone()
    {
        Assert.True(New().Request(Startup("user", "jo", "replication", "database")).Conversation.IsMuted);
        Assert.True(New().Request(Opening(80877102, new byte[8])).Conversation.IsMuted);
    }

    [Fact]
    public void A_password_is_never_seen()
    {
        FrameHarness harness = New().Request(Startup("user", "jo")).Response(Message('R', 0, 0, 0, 3)).Request(Message('p', "planted\0"u8.ToArray())).Response(Welcome());
        Assert.Equal("SELECT", harness.Request(Query("SELECT 1")).Response([.. Complete("SELECT 1"), .. Ready()]).Span.Name);
        Assert.DoesNotContain(PostgreSqlProtocol.Frames.Crossing, rule => rule.Side == Side.Request && rule.Type == 'p');
        Assert.DoesNotContain(PostgreSqlProtocol.Frames.Crossing, rule => rule.Side == Side.Response && rule.Type is (byte)'D' or (byte)'d');
    }

    [Fact]
    public void A_backslash_quotes_where_the_session_says_so() =>
        Assert.Equal("SELECT ?, x", New().Request(Startup("user", "jo")).Response(Welcome("off")).Request(Query(@"SELECT 'a\'b', x")).Response([.. Complete("SELECT 1"), .. Ready()]).Span["db.query.text"]);

    [Fact]
    public void A_statement_longer_than_the_capture_says_so()
    {
        RecordedSpan span = Connect().Request(Query($"SELECT * FROM t WHERE a = '{new string('x', 9000)}' AND b = 1")).Response([.. Complete("SELECT 1"), .. Ready()]).Span;
        Assert.Equal(("SELECT * FROM t WHERE a =", "true", "SELECT t"), (span["db.query.text"], span["sonde.db.query.cut"], span.Name));
    }

    [Fact]
    public void A_connection_that_ends_without_an_answer_is_an_error() =>
        Assert.Equal("connection_closed", Connect().Request(Query("SELECT pg_sleep(9)")).Close().Span["error.type"]);

    [Fact]
    public void Lost_records_take_no_statement_for_another()
    {
        FrameHarness harness = Connect().Request([.. Parse("SELECT * FROM a", "one"), .. Sync()]).Response([.. Message('1'), .. Ready()]).Request(Query("SELECT * FROM b")).Lose()
            .Response([.. Complete("SELECT 1"), .. Ready()]).Request([.. Bind("one"), .. Execute(), .. Sync()]).Response([.. Message('2'), .. Complete("SELECT 1"), .. Ready()]);
        Assert.Equal([Outcome.Abandoned, Outcome.Completed], harness.Spans.Select(span => span.Outcome));
        Assert.Equal("true", harness.Spans[1]["sonde.db.query.unknown"]);
    }

    [Fact]
    public void A_connection_joined_in_the_middle_is_recognized_by_its_statements()
    {
        var protocol = new PostgreSqlProtocol(new SqlSettings());
        Assert.True(protocol.Recognizes(Query("SELECT 1"), []));
        Assert.True(protocol.Recognizes([.. Parse("SELECT 1"), .. Bind(), .. Execute(), .. Sync()], []));
        Assert.True(protocol.Recognizes(Query("SELECT " + new string('x', 5000)).AsSpan(0, 4096), []));
        Assert.False(protocol.Recognizes("QUERY / HTTP/1.1\r\n"u8, []));
        Assert.False(protocol.Recognizes("GET / HTTP/1.1\r\n"u8, []));
        Assert.False(protocol.Recognizes([], Ready()));
    }

    [Fact]
    public void Sides_that_were_taken_for_each_other_are_turned()
    {
        var harness = new FrameHarness(new PostgreSqlProtocol(new SqlSettings()), new RecordingConversation { Role = SpanKind.Client }, joins: true);
        harness.Request(Rows(1)).Response(Query("SELECT 1")).Request([.. Complete("SELECT 1"), .. Ready()]);
        Assert.Equal(SpanKind.Server, harness.Conversation.Role);
    }

    [Fact]
    public void Any_split_of_the_bytes_gives_the_same_spans() =>
        // A server's first answer of one byte is one to a question about encryption.
        Gen.Select(s_turn.Array[1, 6], Gen.Int[2, 40].Array[1, 9]).Sample((turns, sizes) =>
        {
            int next = 0;
            string whole = Play(turns, left => left);
            Assert.Equal(whole, Play(turns, _ => sizes[next++ % sizes.Length]));
            Assert.Equal(whole, Play(turns, _ => 2));
        }, iter: 300);

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.Select(s_turn, Gen.Int[0, 200], Gen.Byte, Gen.Byte.Array[0, 60], Gen.Int[0, 3]).Array[1, 8].Sample(turns =>
        {
            FrameHarness harness = Connect();
            foreach (((byte[] request, byte[] response), int place, byte value, byte[] noise, int kind) in turns)
            {
                byte[] damaged = [.. response];
                damaged[place % damaged.Length] = value;
                _ = kind switch
                {
                    0 => harness.Request(noise).Response(damaged),
                    1 => harness.Request(request).Lose().Response(damaged),
                    2 => harness.Request(request).Response(damaged).LosePlace(Side.Response),
                    _ => harness.Request([.. request, .. noise]).Response(noise),
                };
            }

            Assert.DoesNotContain(harness.Close().Spans, span => span.Outcome == Outcome.Open);
        }, iter: 1000);

    private static readonly Gen<(byte[] Request, byte[] Response)> s_turn = Gen.OneOf<(byte[], byte[])>(
        Gen.Const<(byte[], byte[])>((Query("SELECT a FROM t WHERE b = 'x'"), [.. Rows(3), .. Complete("SELECT 3"), .. Ready()])),
        Gen.Const<(byte[], byte[])>((Query(""), [.. Message('I'), .. Ready()])),
        Gen.Const<(byte[], byte[])>(([.. Parse("SELECT $1", "one"), .. Bind("one"), .. Execute(), .. Sync()], [.. Message('1'), .. Message('2'), .. Complete("SELECT 1"), .. Ready()])),
        Gen.Const<(byte[], byte[])>(([.. Bind("one"), .. Execute(), .. Bind("one"), .. Execute(), .. Sync()], [.. Message('2'), .. Complete("SELECT 1"), .. Message('2'), .. Error("22012"), .. Ready()])),
        Gen.Const<(byte[], byte[])>(([.. Parse("SELEC"), .. Sync()], [.. Error("42601"), .. Ready()])),
        Gen.Const<(byte[], byte[])>((Query("UPDATE t SET a = 1"), [.. Complete("UPDATE 2"), .. Ready('T')])));

    private static FrameHarness New(Func<int, int>? split = null) =>
        new(new PostgreSqlProtocol(new SqlSettings()), new RecordingConversation { Role = SpanKind.Client }) { Split = split ?? (left => left) };

    private static FrameHarness Connect(Func<int, int>? split = null) => New(split).Request(Startup("user", "jo", "database", "shop")).Response(Welcome());

    private static string Play((byte[] Request, byte[] Response)[] turns, Func<int, int> split)
    {
        FrameHarness harness = Connect(split);
        foreach ((byte[] request, byte[] response) in turns)
        {
            harness.Request(request).Response(response);
        }

        return harness.Close().Conversation.ToString();
    }
}
