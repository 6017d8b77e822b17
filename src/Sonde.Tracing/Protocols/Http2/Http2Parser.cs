using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Protocols.Grpc;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2.Hpack;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>One HTTP/2 connection: which header block is whose, and when a stream is over.</summary>
/// <remarks>
/// <para>A request begins with its HEADERS, is received with END_STREAM on its side, is answered by the first header block of the
/// response that is not informational, and completes with END_STREAM on that side. Promised responses are nobody's requests: their
/// blocks are read for the table's sake.</para>
/// <para>Errors that are no status: the name of the code of a RST_STREAM; <c>goaway</c> for a request that the server leaves
/// unanswered; <c>connection_closed</c> before a response, <c>response_truncated</c> in it.</para>
/// <para>A request whose kind lies in a field that is not known is undecided until its response says what it is. If nothing ever
/// does, it is a gRPC call when its answer ended with trailers, which next to nobody else sends.</para>
/// </remarks>
public sealed class Http2Parser : FrameParser
{
    private readonly Http2Protocol _protocol;
    private readonly CallKinds _told;
    private HeaderBlockReader _requests = new();
    private HeaderBlockReader _responses = new();
    private readonly StreamTable _streams;
    private ServiceRoutes? _routes;
    private uint _lastRequest;

    /// <summary>Whether responses are seen, so that those that are open are so indeed.</summary>
    private bool _seesResponses;

    internal Http2Parser(Http2Protocol protocol)
        : base(protocol.Framing)
    {
        _protocol = protocol;
        _told = protocol.Http.Settings.Calls;
        _streams = new StreamTable(protocol);
    }

    /// <inheritdoc/>
    protected override void Begin()
    {
        _streams.Reset();
        FindRoutes();
        _requests.Reset();
        _responses.Reset();
        _lastRequest = 0;
        _seesResponses = Conversation.IsWhole;
    }

    /// <inheritdoc/>
    protected override void ReadFrame(in Frame frame)
    {
        HeaderBlockReader blocks = frame.Side == Side.Request ? _requests : _responses;
        if (!Http2Frame.TryRead(frame.Bytes, out Http2Frame read))
        {
            Fail(blocks);
            return;
        }

        if (frame.Side == Side.Response && !_seesResponses)
        {
            // Whatever else is open may have been answered while nothing was seen of it.
            AbandonAll(but: read.StreamId);
            _seesResponses = true;
        }

        switch (read.Type)
        {
            case FrameType.Headers or FrameType.Continuation or FrameType.PushPromise:
                ReadBlock(blocks, read, frame);
                break;
            case var _ when blocks.IsOpen:
                // Nothing may stand between the parts of a block: one of them is missing.
                Fail(blocks);
                break;
            case FrameType.Data when read.EndsStream:
                EndStream(frame.Side, read.StreamId, frame.Time, frame.ThreadId, isTrailer: false);
                break;
            case FrameType.ResetStream when read.TryReadNumber(0, out uint code):
                Cancel(frame.Side, read.StreamId, code, frame.Time);
                break;
            case FrameType.GoAway when frame.Side == Side.Response && read.TryReadNumber(0, out uint last):
                FinishAbove(last & 0x7fff_ffff, frame.Time, "goaway"u8);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Lose(Side side)
    {
        if (side == Side.Request)
        {
            _requests.Lose();
        }
        else
        {
            // Any of the streams may have ended in what was lost.
            _responses.Lose();
            _seesResponses = false;
            AbandonAll();
        }
    }

    /// <inheritdoc/>
    protected override void Close(ulong time)
    {
        if (!_seesResponses)
        {
            AbandonAll();
        }

        FinishAbove(0, time, "connection_closed"u8);
    }

    private void Fail(HeaderBlockReader blocks)
    {
        blocks.Lose();
        Conversation.Malformed();
    }

    private void ReadBlock(HeaderBlockReader blocks, in Http2Frame read, in Frame frame)
    {
        FieldSet fields = _protocol.Fields;
        switch (blocks.Read(read, frame, fields, out HeaderBlock block))
        {
            case BlockState.Malformed:
                Conversation.Malformed();
                break;
            case BlockState.Whole:
                _protocol.UnknownFields += fields.UnknownCount;
                _protocol.BlocksCut += fields.IsCut ? 1 : 0;
                if ((frame.Side == Side.Request) != IsTurned(frame.Side, block, fields))
                {
                    ReadRequest(block, fields);
                }
                else if (!block.IsPromise)
                {
                    ReadResponse(block, fields);
                }

                break;
        }
    }

    /// <summary>
    /// Whether a block shows that it comes from the other side than was thought, as it may be on connections that were open before
    /// Sonde; then the sides are exchanged.
    /// </summary>
    private bool IsTurned(Side side, in HeaderBlock block, FieldSet fields)
    {
        bool isStrange = !block.IsPromise && (side == Side.Request ? fields.Has(FieldName.Status) : Http2Fields.BeginsRequest(fields));
        if (!isStrange || _lastRequest != 0)
        {
            return false;
        }

        (_requests, _responses) = (_responses, _requests);
        Turn();
        FindRoutes();
        return true;
    }

    private void FindRoutes() =>
        _routes = Conversation.Role == SpanKind.Server ? _protocol.Http.Routes.For(Conversation.ServiceName) : null;

    private void ReadRequest(in HeaderBlock block, FieldSet fields)
    {
        // Clients' streams have odd numbers, which only grow (section 5.1.1); what else comes is trailers.
        if (block.StreamId > _lastRequest && (block.StreamId & 1) == 1 && Http2Fields.BeginsRequest(fields))
        {
            _lastRequest = block.StreamId;
            Begin(block, fields);
        }

        if (block.EndsStream)
        {
            EndStream(Side.Request, block.StreamId, block.Time, block.ThreadId, isTrailer: true);
        }
    }

    private void Begin(in HeaderBlock block, FieldSet fields)
    {
        CallKind kind = Http2Fields.KindOfRequest(fields, _told);
        if (!IsTold(kind))
        {
            return;
        }

        if (_streams.Add(block.StreamId) is not { } stream)
        {
            _protocol.StreamsRefused++;
            return;
        }

        RequestFields request = Http2Fields.ToRequest(fields);
        var context = request.TraceParent.Length > 0 ? TraceContext.Parse(request.TraceParent) : default;
        SpanData span = Conversation.Begin(block.Exchange, block.BeginTime, block.ThreadId, context);
        stream.Request.Span = span;
        stream.Begun = block.BeginTime;
        stream.RequestLength = Http2Fields.ContentLength(fields);
        stream.Timeout = GrpcContent.Timeout(fields[FieldName.GrpcTimeout]);
        Mark(stream, fields);
        if (kind == CallKind.Undecided)
        {
            stream.Request.Kind = kind;
            stream.Undecided.CopyFrom(fields);
        }
        else
        {
            Describe(stream, kind, request);
        }
    }

    private void Describe(Http2Stream stream, CallKind kind, in RequestFields request)
    {
        stream.Request.Kind = kind;
        _protocol.Http.Attributes.Set(stream.Request.Span, request, Conversation, _routes, ref stream.Request);
    }

    private void ReadResponse(in HeaderBlock block, FieldSet fields)
    {
        if (_streams.TryGet(block.StreamId, out Http2Stream stream))
        {
            int status = Http2Fields.Status(fields);
            if (status is >= 100 and < 200 && !block.EndsStream)
            {
                return;
            }

            Mark(stream, fields);
            stream.Request.GrpcStatus ??= GrpcStatuses.Parse(fields[FieldName.GrpcStatus]);
            if (stream.Request.Kind == CallKind.Undecided)
            {
                Decide(stream, Http2Fields.KindOfResponse(fields, _told));
            }

            bool isTrailer = stream.IsAnswered && status == 0;
            if (!isTrailer)
            {
                Answer(stream, block, fields, status);
            }

            if (block.EndsStream || (stream.Request.IsConnect && status is >= 200 and < 300))
            {
                EndStream(Side.Response, block.StreamId, block.Time, block.ThreadId, isTrailer);
            }
        }
    }

    private void Answer(Http2Stream stream, in HeaderBlock block, FieldSet fields, int status)
    {
        if (!stream.IsAnswered)
        {
            stream.IsAnswered = true;
            Receive(stream, block.BeginTime, block.ThreadId);
            Conversation.Answering(stream.Request.Span, block.BeginTime, block.ThreadId);
        }

        stream.Request.Status = status;
        stream.ResponseLength = block.EndsStream || stream.Request.IsHead ? 0 : Http2Fields.ContentLength(fields);
    }

    /// <summary>One side of a stream is over.</summary>
    private void EndStream(Side side, uint id, ulong time, uint threadId, bool isTrailer)
    {
        if (!_streams.TryGet(id, out Http2Stream stream))
        {
            return;
        }

        if (side == Side.Request)
        {
            Receive(stream, time, threadId);
            return;
        }

        if (stream.Request.Kind == CallKind.Undecided)
        {
            Decide(stream, isTrailer ? CallKind.Grpc : CallKind.Http);
        }

        Finish(id, stream, time, default);
    }

    private void Cancel(Side side, uint id, uint code, ulong time)
    {
        if (_streams.TryGet(id, out Http2Stream stream))
        {
            bool isExpired = side == Side.Request && code == ErrorCode.Cancel && IsExpired(stream, time);
            stream.Request.GrpcStatus ??= isExpired ? GrpcStatus.DeadlineExceeded : ErrorCode.ToGrpc(code);
            Finish(id, stream, time, code == ErrorCode.NoError ? "response_truncated"u8 : ErrorCode.Name(code));
        }
    }

    /// <summary>
    /// Whether the time that the client gave the call has passed. It began to count before the request came, so a little
    /// less is enough.
    /// </summary>
    private static bool IsExpired(Http2Stream stream, ulong time) =>
        stream.Timeout != 0 && time >= stream.Begun && time - stream.Begun >= stream.Timeout - Math.Min(stream.Timeout, 2_000_000 + (stream.Timeout / 50));

    private void Receive(Http2Stream stream, ulong time, uint threadId)
    {
        ref PendingRequest request = ref stream.Request;
        if (!request.IsReceived)
        {
            request.IsReceived = true;
            Conversation.Received(request.Span, time, threadId);
        }
    }

    private void Decide(Http2Stream stream, CallKind kind)
    {
        if (kind != CallKind.Undecided)
        {
            Describe(stream, kind, Http2Fields.ToRequest(stream.Undecided));
        }
    }

    /// <summary>A request is over.</summary>
    /// <param name="id">Its stream.</param>
    /// <param name="stream">The same.</param>
    /// <param name="time">When it was.</param>
    /// <param name="failure">What ended it before its end; empty when it was answered in full.</param>
    private void Finish(uint id, Http2Stream stream, ulong time, ReadOnlySpan<byte> failure)
    {
        if (stream.Request.Kind == CallKind.Undecided)
        {
            Decide(stream, CallKind.Http);
        }

        ref PendingRequest request = ref stream.Request;
        SpanData span = request.Span;
        if (!IsTold(request.Kind))
        {
            Abandon(id, stream);
            return;
        }

        bool isWhole = failure.Length == 0;
        if (request.Kind == CallKind.Http && span.IsSampled && request.IsReceived && request.DeclaresBody && isWhole && stream.RequestLength is { } size)
        {
            span.Set(SemanticAttributes.HttpRequestBodySize, (long)size);
        }

        if (stream.IsAnswered || isWhole)
        {
            ResponseAttributes.Set(request, isWhole ? stream.ResponseLength : null, failure);
        }
        else
        {
            ResponseAttributes.SetFailure(request, failure);
        }

        if (stream.UnknownCount > 0 && span.IsSampled)
        {
            span.Set(Http2Protocol.FieldsUnknown, stream.UnknownCount);
        }

        _streams.Remove(id);
        Conversation.Complete(span, time);
    }

    private void FinishAbove(uint id, ulong time, ReadOnlySpan<byte> failure)
    {
        foreach (uint each in _streams.Above(id))
        {
            _streams.TryGet(each, out Http2Stream stream);
            Finish(each, stream, Math.Max(time, stream.Begun), stream.IsAnswered ? "response_truncated"u8 : failure);
        }
    }

    private void AbandonAll(uint but = 0)
    {
        foreach (uint each in _streams.Above(0))
        {
            if (each != but)
            {
                _streams.TryGet(each, out Http2Stream stream);
                Abandon(each, stream);
            }
        }
    }

    private void Abandon(uint id, Http2Stream stream)
    {
        stream.Request.Route?.Answered(known: false);
        SpanData span = stream.Request.Span;
        _streams.Remove(id);
        Conversation.Abandon(span);
    }

    private static void Mark(Http2Stream stream, FieldSet fields)
    {
        stream.UnknownCount += fields.UnknownCount;
        if (fields.IsCut && stream.Request.Span.IsSampled)
        {
            stream.Request.Span.Set(HttpProtocol.HeadCut, true);
        }
    }

    private bool IsTold(CallKind kind) => kind switch
    {
        CallKind.Http => (_told & CallKinds.Http) != 0,
        CallKind.Grpc => (_told & CallKinds.Grpc) != 0,
        _ => true,
    };
}
