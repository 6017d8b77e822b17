using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Sql;
using Sonde.Tracing.Protocols.Tds;
using static Sonde.Tracing.Tests.Protocols.Tds.Tokens;

namespace Sonde.Tracing.Tests.Protocols.Tds;

public sealed class TdsParserTests
{
    private const byte Off = 0, On = 1, NotSupported = 2, Required = 3;

    [Fact]
    public void A_batch_is_a_span_from_its_first_byte_to_the_last_of_its_answer()
    {
        RecordedSpan span = Connect().Request(Batch("SELECT name FROM [Orders] WHERE id = 7 AND x = N'planted'")).Response(Answer([.. Rows(3), .. Done(rows: 3)])).Span;
        Assert.Equal(("SELECT [Orders]", "microsoft.sql_server", "shop"), (span.Name, span["db.system.name"], span["db.namespace"]));
        Assert.Equal(("SELECT name FROM [Orders] WHERE id = ? AND x = ?", "3"), (span["db.query.text"], span["db.response.returned_rows"]));
        Assert.Equal(ConversationHarness.Millisecond, span.Ended - span.Begun);
    }

    [Fact]
    public void A_change_tells_the_rows_that_it_changed() =>
        Assert.Equal("5", Connect().Request(Batch("UPDATE t SET a = 1")).Response(Answer(Done(command: 0xc5, rows: 5))).Span["sonde.db.response.affected_rows"]);

    [Fact]
    public void An_error_has_its_number_before_rows_and_behind_them()
    {
        ConversationHarness harness = Connect().Request(Batch("SELECT * FROM missing")).Response(Answer([.. Error(208), .. Done(status: 2)]))
            .Request(Batch("SELECT 1 / a FROM t")).Response(Answer([.. Rows(2), .. Error(8134), .. Done(status: 2)]));
        Assert.Equal(["208", "8134"], harness.Spans.Select(span => span["error.type"]));
        Assert.Equal(["208", "8134"], harness.Spans.Select(span => span["db.response.status_code"]));
        Assert.All(harness.Spans, span => Assert.Equal(SpanStatus.Error, span.Data.Status));
    }

    [Fact]
    public void A_statement_with_parameters_is_that_statement()
    {
        RecordedSpan span = Connect().Request(Call(10, "SELECT * FROM t WHERE id = @id")).Response(Answer([.. Rows(2), .. Done(0xff, 0x11, rows: 2), 0x79, 0, 0, 0, 0, .. Done(0xfe, 0, 0, 0)])).Span;
        Assert.Equal(("SELECT * FROM t WHERE id = @id", "2"), (span["db.query.text"], span["db.response.returned_rows"]));
    }

    [Fact]
    public void A_prepared_statement_is_known_by_its_handle()
    {
        ConversationHarness harness = Connect().Request(Call(13, "SELECT * FROM t WHERE id = @id")).Response(Answer([.. Rows(1), .. Done(0xff, 0x11), .. Handle(77), .. Done(0xfe, 0, 0, 0)]))
            .Request(Call(12, null, 77)).Response(Answer(Done(0xfe))).Request(Call(15, null, 77)).Response(Answer(Done(0xfe))).Request(Call(12, null, 77)).Response(Answer(Done(0xfe)));
        Assert.Equal(["SELECT t", "SELECT t", "shop"], harness.Spans.Select(span => span.Name));
        Assert.Equal([null, null, "true"], harness.Spans.Select(span => span["sonde.db.query.unknown"]));
    }

    [Fact]
    public void A_procedure_has_its_name()
    {
        byte[] call = Message(3, [.. Headers, 7, 0, .. System.Text.Encoding.Unicode.GetBytes("dbo.pay"), 0, 0]);
        RecordedSpan span = Connect().Request(call).Response(Answer([0x79, 0, 0, 0, 0, .. Done(0xfe, 0, 0, 0)])).Span;
        Assert.Equal(("EXECUTE dbo.pay", "dbo.pay", null), (span.Name, span["db.stored_procedure.name"], span["db.query.text"]));
    }

    [Fact]
    public void A_transaction_begins_and_ends()
    {
        byte[] done = Answer(Done(status: 0));
        ConversationHarness harness = Connect().Request(Message(14, [.. Headers, 5, 0, 0, 0])).Response(done).Request(Message(14, [.. Headers, 7, 0, 0, 0])).Response(done)
            .Request(Message(14, [.. Headers, 8, 0, 0, 0])).Response(done);
        Assert.Equal(["BEGIN TRANSACTION", "COMMIT TRANSACTION", "ROLLBACK TRANSACTION"], harness.Spans.Select(span => span.Name));
    }

    [Fact]
    public void A_database_changes_when_the_server_says_so()
    {
        byte[] change = [0xe3, 12, 0, 1, 2, (byte)'d', 0, (byte)'2', 0, 2, (byte)'d', 0, (byte)'1', 0, 0];
        Assert.Equal(["shop", "d2"], Connect().Request(Batch("USE d2")).Response(Answer([.. change, .. Done(status: 0)])).Request(Batch("SELECT 1")).Response(Answer(Done())).Spans.Select(span => span["db.namespace"]));
    }

    [Fact]
    public void A_long_answer_ends_with_its_last_packet_or_when_it_is_quiet()
    {
        byte[] rows = [.. Rows(20, 100), .. Done(rows: 20)];
        Assert.Equal(Outcome.Completed, Connect().Request(Batch("SELECT * FROM big")).Response(Answer(rows)).Span.Outcome);
        ConversationHarness harness = Connect().Request(Batch("SELECT * FROM big")).Response(Packets(4, 600, rows));
        Assert.Equal(Outcome.Open, Assert.Single(harness.Spans).Outcome);
        Assert.Equal(ConversationHarness.Millisecond, harness.Quiet().Span.Ended - harness.Span.Begun);
    }

    [Fact]
    public void A_statement_over_several_packets_is_whole() =>
        Assert.Equal("SELECT a, " + new string('b', 700) + " FROM t", Connect().Request(Batch("SELECT a, " + new string('b', 700) + " FROM t", 512)).Response(Answer(Done())).Span["db.query.text"]);

    [Theory]
    [InlineData(4096)]
    [InlineData(32000)]
    public void A_statement_longer_than_the_capture_says_so(int packet)
    {
        RecordedSpan span = Connect().Request(Batch("SELECT a FROM t WHERE b = '" + new string('x', 5000) + "'", packet)).Response(Answer(Done())).Span;
        Assert.Equal(("SELECT a FROM t WHERE b =", "true"), (span["db.query.text"], span["sonde.db.query.cut"]));
    }

    [Fact]
    public void A_cancelled_batch_says_so() =>
        Assert.Equal("cancelled", Connect().Request(Batch("WAITFOR DELAY '1:00'")).Request(Message(6)).Response(Answer(Done(status: 0x20))).Span["error.type"]);

    [Fact]
    public void A_connection_that_ends_without_an_answer_is_an_error() =>
        Assert.Equal("connection_closed", Connect().Request(Batch("SELECT 1")).Close().Span["error.type"]);

    [Theory]
    [InlineData(On, On)]
    [InlineData(Off, On)]
    [InlineData(Off, Required)]
    public void What_is_encrypted_is_left_alone(byte client, byte server) =>
        Assert.True(New().Request(Prelogin(client)).Response(PreloginAnswer(server)).Conversation.IsMuted);

    [Fact]
    public void Where_the_login_alone_is_encrypted_the_rest_is_read()
    {
        byte[] handshake = Message(0x12, [0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]), encrypted = [0x17, 3, 3, 0, 40, .. Enumerable.Repeat((byte)0xa5, 40)];
        ConversationHarness harness = New().Request(Prelogin(Off)).Response(PreloginAnswer(Off)).Request(handshake).Response(handshake).Request(handshake).Response(handshake)
            .Request(encrypted).Response(Answer([0xe3, 16, 0, 1, 4, .. System.Text.Encoding.Unicode.GetBytes("shop"), 2, .. System.Text.Encoding.Unicode.GetBytes("ma"), .. Done(status: 0)])).Request(Batch("SELECT 1 FROM t")).Response(Answer(Done()));
        Assert.Equal(("SELECT t", "shop"), (harness.Span.Name, harness.Span["db.namespace"]));
    }

    [Fact]
    public void A_connection_joined_in_the_middle_is_recognized()
    {
        var protocol = new TdsProtocol(new SqlSettings());
        Assert.True(protocol.Recognizes(Batch("SELECT 1"), []));
        Assert.True(protocol.Recognizes(Call(10, "SELECT 1"), []));
        Assert.True(protocol.Recognizes(Prelogin(Off), []));
        Assert.False(protocol.Recognizes("GET / HTTP/1.1\r\n\r\n"u8, []));
        Assert.Equal("microsoft.sql_server", New().Request(Batch("SELECT 1")).Response(Answer(Done())).Span["db.system.name"]);
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
                byte[] damaged = [.. response], asked = [.. request];
                damaged[place % damaged.Length] = value;
                asked[(place + 7) % asked.Length] = value;
                _ = kind switch
                {
                    0 => harness.Request(asked).Response(damaged),
                    1 => harness.Request(request).Lose().Response(damaged),
                    2 => harness.Request(request).Response(damaged).Quiet(),
                    _ => harness.Request([.. request, .. noise]).Response(noise),
                };
            }

            Assert.DoesNotContain(harness.Close().Spans, span => span.Outcome == Outcome.Open);
        }, iter: 1000);

    private static readonly Gen<(byte[] Request, byte[] Response)> s_turn = Gen.OneOf<(byte[], byte[])>(
        Gen.Const<(byte[], byte[])>((Batch("SELECT a FROM t"), Answer([.. Rows(3), .. Done(rows: 3)]))),
        Gen.Const<(byte[], byte[])>((Batch("SELECT nope"), Answer([.. Error(207), .. Done(status: 2)]))),
        Gen.Const<(byte[], byte[])>((Call(13, "SELECT 1 FROM u"), Answer([.. Rows(1), .. Done(0xff, 0x11), .. Handle(3), .. Done(0xfe, 0, 0, 0)]))),
        Gen.Const<(byte[], byte[])>((Call(12, null, 3), Answer(Done(0xfe)))),
        Gen.Const<(byte[], byte[])>((Message(14, [.. Headers, 5, 0, 0, 0]), Answer(Done(status: 0)))));

    private static ConversationHarness New(Func<int, int>? split = null) =>
        new(new TdsProtocol(new SqlSettings()), new RecordingConversation { Role = SpanKind.Client }) { Split = split ?? (left => left) };

    private static ConversationHarness Connect(Func<int, int>? split = null) =>
        New(split).Request(Prelogin(Off)).Response(PreloginAnswer(NotSupported)).Request(Login("shop")).Response(Answer(Done(status: 0)));

    private static string Play((byte[] Request, byte[] Response)[] turns, Func<int, int> split)
    {
        ConversationHarness harness = Connect(split);
        foreach ((byte[] request, byte[] response) in turns)
        {
            harness.Request(request).Response(response);
        }

        return harness.Close().Conversation.ToString();
    }
}
