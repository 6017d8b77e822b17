using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Kafka;
using Sonde.Tracing.Tests.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Kafka;

public sealed class KafkaParserTests
{
    [Fact]
    public void A_recorded_producer_sends_to_its_topics_and_asks_for_metadata()
    {
        List<RecordedSpan> spans = Play("produce").Spans;
        Assert.All(spans, span => Assert.Equal(Outcome.Completed, span.Outcome));
        // librdkafka asks in the newest version that it knows, and again in the oldest.
        Assert.Equal("UNSUPPORTED_VERSION", spans[0]["error.type"]);
        Assert.All(spans.Skip(1), span => Assert.Null(span["error.type"]));
        Assert.All(spans, span => Assert.Equal("kafka", span["messaging.system"]));
        Assert.Equal(
            ["ApiVersions", "ApiVersions", "Metadata", "GetTelemetrySubscriptions", "send orders", "send orders", "send orders", "send orders", "send orders", "Metadata"],
            spans.Take(10).Select(span => span.Name));
        Assert.All(spans.Skip(4).Take(5), span => Assert.Equal(
            ("send", "send", "orders", true, "shop", null),
            (span["messaging.operation.name"], span["messaging.operation.type"], span["messaging.destination.name"], int.TryParse(span["messaging.destination.partition.id"], out _),
                span["messaging.client.id"], span["messaging.batch.message_count"])));
        RecordedSpan[] batches = [.. spans.Skip(10)];
        Assert.Equal(12, batches.Length);
        Assert.Equal(["send orders", "send returns"], batches.Select(span => span.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(50, batches.Sum(span => int.Parse(span["messaging.batch.message_count"] ?? "1", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains("messaging.destination.name", batches[0].MetricKeys);
    }

    [Fact]
    public void A_recorded_idempotent_producer_is_read_too() =>
        Assert.Equal(
            ["ApiVersions", "ApiVersions", "Metadata", "GetTelemetrySubscriptions", "InitProducerId", "send orders", "send orders", "send orders", "send orders", "send orders"],
            Play("idempotent").Spans.Select(span => span.Name));

    [Fact]
    public void A_recorded_consumer_joins_its_group_commits_and_fetches_by_topic_ids()
    {
        var protocol = new KafkaProtocol();
        RecordedSpan[] group = [.. Play("group", protocol).Spans];
        Assert.Equal(
            ["ApiVersions", "ApiVersions", "Metadata", "JoinGroup", "Metadata", "SyncGroup", "Heartbeat", "OffsetFetch", "commit", "LeaveGroup"],
            group.Select(span => span.Name));
        Assert.All(
            group.Where(span => span.Name is "JoinGroup" or "SyncGroup" or "Heartbeat" or "OffsetFetch" or "commit" or "LeaveGroup"),
            span => Assert.Equal("billing", span["messaging.consumer.group.name"]));

        // The group's connection had the metadata that tells the name of the id.
        RecordedSpan[] consumer = [.. Play("consume", protocol).Spans];
        Assert.Equal(5, consumer.Count(span => span["messaging.operation.name"] == "poll"));
        Assert.All(consumer.Where(span => span["messaging.operation.name"] == "poll"), span => Assert.Equal("receive", span["messaging.operation.type"]));
        Assert.All(consumer.Skip(1), span => Assert.Null(span["error.type"]));
        Assert.Equal("poll orders", consumer.First(span => span["messaging.operation.name"] == "poll").Name);
        Assert.Equal("poll", Play("consume").Spans.First(span => span["messaging.operation.name"] == "poll").Name);
    }

    [Fact]
    public void Answers_find_their_requests_in_any_order()
    {
        FrameHarness harness = New()
            .Request(Produce(1, "first"))
            .Request(Produce(2, "second"))
            .Response(Answer(2, "second", 0))
            .Response(Answer(1, "first", 6));
        Assert.Equal(["send first", "send second"], harness.Spans.Select(span => span.Name));
        Assert.True(harness.Spans[0].Ended > harness.Spans[1].Ended);
        Assert.Equal("NOT_LEADER_OR_FOLLOWER", harness.Spans[0]["error.type"]);
        Assert.Equal(SpanStatus.Error, harness.Spans[0].Data.Status);
        Assert.Null(harness.Spans[1]["error.type"]);
    }

    [Fact]
    public void A_send_that_asks_for_no_acknowledgement_ends_when_it_is_sent() =>
        Assert.Equal("send log", New().Request(Produce(1, "log", acknowledgements: 0)).Span.Name);

    [Fact]
    public void What_is_open_when_the_connection_ends_is_an_error() =>
        Assert.Equal("connection_closed", New().Request(Produce(1, "log")).Close().Span["error.type"]);

    [Fact]
    public void What_is_open_when_answers_are_lost_is_given_up() =>
        Assert.Equal(Outcome.Abandoned, Assert.Single(New().Request(Produce(1, "log")).Lose().Spans).Outcome);

    [Fact]
    public void A_request_is_recognized_by_its_head_and_nothing_else_is()
    {
        var protocol = new KafkaProtocol();
        Assert.True(protocol.Recognizes(Produce(1, "log"), []));
        Assert.False(protocol.Recognizes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8, []));
        // HTTP/2's settings, all zeros.
        Assert.False(protocol.Recognizes(new byte[] { 0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100, 0, 4, 0, 0, 0 }, []));
        Assert.False(protocol.Recognizes(new byte[64], []));
    }

    [Fact]
    public void Any_split_gives_the_same_spans() =>
        Gen.Select(Gen.OneOf("produce", "group", "consume"), Gen.Int[1, 3000].Array[1, 6]).Sample(
            (name, sizes) =>
            {
                int next = 0;
                Assert.Equal(Play(name).Conversation.ToString(), Play(name, split: _ => sizes[next++ % sizes.Length]).Conversation.ToString());
            },
            iter: 30);

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Select(Gen.OneOf(Side.Request, Side.Response), Gen.Byte.Array[0, 200], Gen.Int[0, 80], Gen.Int[0, 17]).Array[1, 8].Sample(frames =>
        {
            FrameHarness harness = New();
            foreach ((Side side, byte[] tail, int key, int version) in frames)
            {
                byte[] frame = [0, 0, 0, (byte)(10 + tail.Length), 0, (byte)key, 0, (byte)version, 0, 0, 0, 1, 0xff, 0xff, .. tail];
                byte[] answer = [0, 0, 0, (byte)(4 + tail.Length), 0, 0, 0, 1, .. tail];
                _ = side == Side.Request ? harness.Request(frame) : harness.Response(answer);
            }

            harness.Close();
        });

    [Fact]
    public void A_request_and_its_answer_allocate_nothing()
    {
        ConversationParser parser = new KafkaProtocol().CreateParser();
        var conversation = new HttpCostTests.PooledConversation(SpanKind.Client, sampled: true);
        parser.Reset(conversation);
        byte[] request = Produce(1, "orders"), answer = Answer(1, "orders", 3);
        ulong position = 0;
        void Play(int count)
        {
            for (int i = 0; i < count; i++, position += 1000)
            {
                parser.Read(Whole(Side.Request, request, position));
                parser.Read(Whole(Side.Response, answer, position));
            }
        }

        Play(200);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Play(2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2200ul, conversation.Completed);
    }

    private static Fragment Whole(Side side, byte[] bytes, ulong position) => new()
    {
        Exchange = 1,
        Side = side,
        Position = position,
        Size = (ulong)bytes.Length,
        Bytes = bytes,
        Time = position + 1,
        ThreadId = 1,
        BeginsFrame = true,
    };

    private static FrameHarness New() => new(new KafkaProtocol(), new RecordingConversation { Role = SpanKind.Client });

    /// <summary>Produce, version 3.</summary>
    private static byte[] Produce(int correlation, string topic, short acknowledgements = 1)
    {
        byte[] name = Encoding.ASCII.GetBytes(topic);
        byte[] records = new byte[70];
        records[16] = 2;
        return Framed(
            [0, 0, 0, 3, .. Int32(correlation), 0, 2, (byte)'m', (byte)'e', 0xff, 0xff, .. Int16(acknowledgements), .. Int32(1000), .. Int32(1), .. Int16((short)name.Length), .. name,
                .. Int32(1), .. Int32(7), .. Int32(records.Length), .. records]);
    }

    private static byte[] Answer(int correlation, string topic, short error)
    {
        byte[] name = Encoding.ASCII.GetBytes(topic);
        return Framed([.. Int32(correlation), .. Int32(1), .. Int16((short)name.Length), .. name, .. Int32(1), .. Int32(7), .. Int16(error), .. new byte[20]]);
    }

    private static byte[] Framed(byte[] rest) => [.. Int32(rest.Length), .. rest];

    private static byte[] Int32(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Int16(short number) => Int32(number)[2..];

    /// <summary>Plays what was recorded (tests/fixtures/kafka/README.md).</summary>
    private static FrameHarness Play(string name, KafkaProtocol? protocol = null, Func<int, int>? split = null)
    {
        var harness = new FrameHarness(protocol ?? new KafkaProtocol(), new RecordingConversation { Role = SpanKind.Client }) { Split = split ?? (left => left) };
        byte[] file = File.ReadAllBytes(Path.Combine(Folder(), name + ".bin"));
        for (int position = 0; position < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(position + 1));
            byte[] bytes = file[(position + 5)..(position + 5 + length)];
            _ = file[position] == 1 ? harness.Request(bytes) : harness.Response(bytes);
            position += 5 + length;
        }

        Assert.Equal(0, harness.Conversation.MalformedCount);
        return harness;
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../fixtures/kafka"));
}
