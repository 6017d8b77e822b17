using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>What a request and its response say, as attributes of the semantic conventions for messaging.</summary>
internal static class KafkaAttributes
{
    private const int BatchMagicOffset = 16, BatchCountOffset = 57, BatchMagic = 2;

    private static readonly AttributeKey s_system = new("messaging.system");
    private static readonly AttributeKey s_operation = new("messaging.operation.name");
    private static readonly AttributeKey s_operationType = new("messaging.operation.type");
    private static readonly AttributeKey s_destination = new("messaging.destination.name");
    private static readonly AttributeKey s_partition = new("messaging.destination.partition.id");
    private static readonly AttributeKey s_group = new("messaging.consumer.group.name");
    private static readonly AttributeKey s_client = new("messaging.client.id");
    private static readonly AttributeKey s_batch = new("messaging.batch.message_count");

    /// <summary>Describes a request.</summary>
    /// <returns>Whether it is answered.</returns>
    public static bool Describe(SpanData span, in KafkaRequestHead head, IConversation conversation, KafkaTopics topics)
    {
        span.Instrument = span.Kind == SpanKind.Client ? KafkaProtocol.Instrument : null;
        span.Set(s_system, "kafka"u8, AttributeUse.Metric);
        if (!conversation.ServerAddress.IsEmpty)
        {
            span.Set(SemanticAttributes.ServerAddress, conversation.ServerAddress, AttributeUse.Metric);
            if (conversation.ServerPort != 0)
            {
                span.Set(SemanticAttributes.ServerPort, conversation.ServerPort, AttributeUse.Metric);
            }
        }

        if (!head.ClientId.IsEmpty)
        {
            span.Set(s_client, head.ClientId);
        }

        var body = new KafkaReader(head.Body, KafkaApi.IsFlexible(head.ApiKey, head.Version));
        switch (head.ApiKey)
        {
            case KafkaApi.Produce:
                return DescribeProduce(span, head.Version, ref body, topics);
            case KafkaApi.Fetch:
                DescribeFetch(span, head.Version, ref body, topics);
                return true;
            default:
                ReadOnlySpan<byte> name = head.ApiKey == KafkaApi.OffsetCommit ? "commit"u8 : KafkaApi.NameOf(head.ApiKey);
                span.Set(s_operation, name, AttributeUse.Metric);
                if (head.ApiKey == KafkaApi.OffsetCommit)
                {
                    span.Set(s_operationType, "settle"u8);
                }

                span.SetName(name);
                if (KafkaApi.BeginsWithGroup(head.ApiKey, head.Version) && body.Text() is { Length: > 0 } group)
                {
                    span.Set(s_group, group, AttributeUse.Metric);
                }

                return true;
        }
    }

    /// <summary>Reads the response's error code where it stands early.</summary>
    public static void Answer(SpanData span, short key, short version, ReadOnlySpan<byte> body)
    {
        short code = ErrorOf(key, version, body);
        if (code != 0)
        {
            Span<byte> number = stackalloc byte[8];
            span.Set(SemanticAttributes.ErrorType, KafkaErrors.NameOf(code, number), AttributeUse.Metric);
            span.Status = SpanStatus.Error;
        }
    }

    private static bool DescribeProduce(SpanData span, short version, ref KafkaReader body, KafkaTopics topics)
    {
        if (version >= 3)
        {
            // The transactional id.
            body.Text();
        }

        short acknowledgements = body.Int16();
        // Timeout.
        body.Skip(sizeof(int));
        bool isAnswered = body.IsCut || acknowledgements != 0;
        Name(span, "send"u8, "send"u8, ReadTopic(span, version >= 13, ref body, topics));
        if (body.Count() == 1 && !body.IsCut)
        {
            SetPartition(span, body.Int32());
            body.Length();
            ReadOnlySpan<byte> batch = body.Rest;
            if (batch.Length >= BatchCountOffset + sizeof(int) && batch[BatchMagicOffset] == BatchMagic
                && System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(batch[BatchCountOffset..]) is > 1 and var count)
            {
                span.Set(s_batch, count);
            }
        }

        return isAnswered;
    }

    private static void DescribeFetch(SpanData span, short version, ref KafkaReader body, KafkaTopics topics)
    {
        // Replica, longest wait, fewest bytes, most bytes, isolation, session and its epoch.
        body.Skip((version < 15 ? 4 : 0) + 8 + (version >= 3 ? 4 : 0) + (version >= 4 ? 1 : 0) + (version >= 7 ? 8 : 0));
        Name(span, "poll"u8, "receive"u8, ReadTopic(span, version >= 13, ref body, topics));
        if (body.Count() == 1 && !body.IsCut)
        {
            SetPartition(span, body.Int32());
        }
    }

    /// <summary>The topic's name when there is one topic, and it is named.</summary>
    private static ReadOnlySpan<byte> ReadTopic(SpanData span, bool isById, ref KafkaReader body, KafkaTopics topics)
    {
        if (body.Count() != 1)
        {
            body = default;
            return default;
        }

        ReadOnlySpan<byte> topic = isById ? topics.NameOf(body.Bytes(KafkaTopics.IdLength)) : body.Text();
        if (!topic.IsEmpty)
        {
            span.Set(s_destination, topic, AttributeUse.Metric);
        }

        return topic;
    }

    private static void Name(SpanData span, ReadOnlySpan<byte> operation, ReadOnlySpan<byte> type, ReadOnlySpan<byte> topic)
    {
        span.Set(s_operation, operation, AttributeUse.Metric);
        span.Set(s_operationType, type);
        if (topic.IsEmpty)
        {
            span.SetName(operation);
        }
        else
        {
            span.SetName(operation, topic);
        }
    }

    private static void SetPartition(SpanData span, int partition)
    {
        Span<byte> text = stackalloc byte[11];
        if (System.Buffers.Text.Utf8Formatter.TryFormat(partition, text, out int length))
        {
            span.Set(s_partition, text[..length]);
        }
    }

    private static short ErrorOf(short key, short version, ReadOnlySpan<byte> bytes)
    {
        var body = new KafkaReader(bytes, KafkaApi.IsFlexible(key, version));
        if (key != KafkaApi.ApiVersions)
        {
            // The response's header; that of ApiVersions has none, for a client that does not know the versions yet.
            body.Tags();
        }

        if (KafkaApi.BeginsWithError(key, version, out bool isThrottled))
        {
            body.Skip(isThrottled ? sizeof(int) : 0);
            return body.Int16();
        }

        if (key is not (KafkaApi.Produce or KafkaApi.Fetch))
        {
            return 0;
        }

        if (key == KafkaApi.Fetch)
        {
            body.Skip(version >= 1 ? sizeof(int) : 0);
            if (version >= 7)
            {
                short code = body.Int16();
                body.Skip(sizeof(int));
                if (code != 0)
                {
                    return code;
                }
            }
        }

        // The first topic's first partition. Of a request without topics there is none.
        if (body.Count() == 0)
        {
            return 0;
        }

        if (version >= 13)
        {
            body.Skip(KafkaTopics.IdLength);
        }
        else
        {
            body.Text();
        }

        if (body.Count() == 0)
        {
            return 0;
        }

        body.Skip(sizeof(int));
        return body.Int16();
    }
}
