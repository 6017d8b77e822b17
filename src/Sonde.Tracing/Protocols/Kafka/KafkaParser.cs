using System.Buffers.Binary;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Kafka;

/// <summary>One Kafka connection: every request is a span, ended by the response with its correlation id, in whatever order they come.</summary>
internal sealed class KafkaParser(Framing framing, KafkaTopics topics) : FrameParser(framing)
{
    /// <summary>More than any client has under way; further requests are not followed.</summary>
    private const int MaxOpen = 1024;

    private const int CorrelationOffset = 4, ResponseHeaderLength = 8;

    private readonly Dictionary<int, OpenRequest> _open = [];

    protected override void Begin() => _open.Clear();

    protected override void ReadFrame(in Frame frame)
    {
        if (frame.Side == Side.Request)
        {
            ReadRequest(frame);
        }
        else
        {
            ReadResponse(frame);
        }
    }

    protected override void Lose(Side side)
    {
        // A request that was read waits for a response, and which have come is not known any more.
        if (side == Side.Response)
        {
            foreach (OpenRequest request in _open.Values)
            {
                Conversation.Abandon(request.Span);
            }

            _open.Clear();
        }
    }

    protected override void Close(ulong time)
    {
        foreach (OpenRequest request in _open.Values)
        {
            request.Span.Set(SemanticAttributes.ErrorType, "connection_closed"u8, AttributeUse.Metric);
            request.Span.Status = SpanStatus.Error;
            Conversation.Complete(request.Span, Math.Max(time, request.Began));
        }

        _open.Clear();
    }

    private void ReadRequest(in Frame frame)
    {
        if (!KafkaRequestHead.TryRead(frame.Bytes, out KafkaRequestHead head))
        {
            Conversation.Malformed();
            return;
        }

        if (_open.Count >= MaxOpen || _open.ContainsKey(head.CorrelationId))
        {
            return;
        }

        SpanData span = Conversation.Begin(frame.Exchange, frame.BeginTime, frame.ThreadId, default);
        bool isAnswered = KafkaAttributes.Describe(span, head, Conversation, topics);
        Conversation.Received(span, frame.Time, frame.ThreadId);
        if (isAnswered)
        {
            _open.Add(head.CorrelationId, new OpenRequest(span, head.ApiKey, head.Version, frame.BeginTime));
        }
        else
        {
            Conversation.Complete(span, frame.Time);
        }
    }

    private void ReadResponse(in Frame frame)
    {
        if (frame.Bytes.Length < ResponseHeaderLength
            || !_open.Remove(BinaryPrimitives.ReadInt32BigEndian(frame.Bytes[CorrelationOffset..]), out OpenRequest request))
        {
            return;
        }

        ulong time = Math.Max(frame.Time, request.Began);
        Conversation.Answering(request.Span, Math.Max(frame.BeginTime, request.Began), frame.ThreadId);
        KafkaAttributes.Answer(request.Span, request.ApiKey, request.Version, frame.Bytes[ResponseHeaderLength..]);
        if (request.ApiKey == KafkaApi.Metadata)
        {
            topics.Learn(request.Version, frame.Bytes[ResponseHeaderLength..]);
        }

        Conversation.Complete(request.Span, time);
    }

    private readonly record struct OpenRequest(SpanData Span, short ApiKey, short Version, ulong Began);
}
