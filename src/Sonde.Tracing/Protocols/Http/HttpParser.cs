using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Protocols.Grpc;
using Sonde.Tracing.Routes;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>One HTTP/1.x connection: matches the responses with the requests, and knows when a request is over.</summary>
/// <remarks>
/// <para>Both sides are followed as streams, by <see cref="MessageReader"/>; the cuts between exchanges matter only where the
/// place in a stream was lost, because a body's framing or a part of a head was not captured. Then the next exchange that
/// begins with a request line is taken for the next request, and what came before it is over.</para>
/// <para>A response whose framing is known completes its span with its last byte. When the framing is not known (a chunked
/// body longer than the capture, a head longer than the capture) it completes</para>
/// <list type="bullet">
/// <item>when the response's last bytes are a last chunk, at any update;</item>
/// <item>when it was silent for a while, unless its last bytes could be read and are no last chunk, its
/// <c>Content-Length</c> has not passed yet, or it is a stream of server-sent events. This may be early for a
/// response that pauses and whose last bytes cannot be read;</item>
/// <item>with the next request; or with the end of the connection.</item>
/// </list>
/// <para>Pipelined responses are read as far as they begin with a call of their own or within the capture; a request whose
/// response was not seen is completed without a status and marked so.</para>
/// <para>Errors that are no status: <c>connection_closed</c> before a response, <c>response_truncated</c> in it. An event
/// stream may end at any place.</para>
/// </remarks>
public sealed class HttpParser : ConversationParser
{
    private readonly HttpProtocol _protocol;
    private readonly RequestAttributes _attributes;
    private readonly RouteTemplates _routes;
    private readonly RequestQueue _queue = new();
    private readonly RequestReader _request;
    private readonly ResponseReader _response;
    private IConversation _conversation = null!;
    private ServiceRoutes? _serviceRoutes;
    private ulong _exchange;
    private bool _hasExchange;
    private bool _isEstablished;
    private bool _isReceiving;
    private bool _missedResponse;
    private bool _isMuted;
    private bool _isStranger;

    internal HttpParser(HttpProtocol protocol, RequestAttributes attributes, RouteTemplates routes)
    {
        _protocol = protocol;
        _attributes = attributes;
        _routes = routes;
        _request = new RequestReader(this);
        _response = new ResponseReader(this);
    }

    /// <inheritdoc/>
    public override void Reset(IConversation conversation)
    {
        if (_conversation is not null)
        {
            AbandonAll();
        }

        _conversation = conversation;
        _serviceRoutes = conversation.Role == SpanKind.Server ? _routes.For(conversation.ServiceName) : null;
        _request.Reset();
        _response.Reset();
        _response.Finish();
        _hasExchange = false;
        _isEstablished = false;
        _isReceiving = false;
        _missedResponse = false;
        _isMuted = false;
        _isStranger = false;
    }

    /// <inheritdoc/>
    public override void Read(in Fragment fragment)
    {
        if (_isMuted || !Enter(fragment.Exchange))
        {
            return;
        }

        if (fragment.Side == Side.Request)
        {
            _request.Read(fragment);
            return;
        }

        if ((fragment.Position == 0 ? _response.IsAnswering : _response.IsLost) && fragment.Bytes.StartsWith("HTTP/1."u8))
        {
            // The response before this one ended, though not all of its bytes were seen to pass.
            if (_response.IsAnswering)
            {
                Complete(_response.Last.Time, complete: true);
            }

            _response.Restart();
        }

        _response.Read(fragment);
    }

    /// <inheritdoc/>
    public override void Update(in ExchangeProgress progress)
    {
        if (_isMuted)
        {
            return;
        }

        if (Enter(progress.Exchange))
        {
            _request.SkipTo(progress.RequestSize, new Moment(_exchange, progress.RequestLastTime, _request.Last.ThreadId));
            _response.SkipTo(progress.ResponseSize, new Moment(_exchange, progress.ResponseLastTime, _response.Last.ThreadId));
        }

        var tail = new ResponseTail(progress.ResponseTail);
        if (progress.Reason == ProgressReason.Closed)
        {
            Close(tail, Math.Max(progress.Time, Math.Max(_request.Last.Time, _response.Last.Time)));
        }
        else if (_response.IsAnswering
            && (progress.Reason == ProgressReason.Quiet ? _response.IsEndedByQuiet(tail) : _response.IsEndedBy(tail)))
        {
            Complete(_response.Last.Time, complete: true);
        }
        else if (progress.Reason == ProgressReason.Quiet && _response.IsLost && !_response.IsAnswering)
        {
            CompleteUnseen();
        }
    }

    /// <inheritdoc/>
    public override void Resynchronize()
    {
        if (_isMuted)
        {
            return;
        }

        AbandonAll();
        _request.Lose();
        _response.Finish();
        _response.Lose();
    }

    /// <summary>A request's head has come, as far as it will.</summary>
    /// <returns>False when the place in the stream is lost with it.</returns>
    internal bool BeginRequest(in RequestHead head, bool isCut, in Moment first)
    {
        if (_response.IsOpenEnded)
        {
            Complete(_response.Last.Time, complete: true);
            _response.Restart();
        }

        if (_queue.Count == RequestQueue.Capacity)
        {
            Resynchronize();
            return false;
        }

        if (_missedResponse)
        {
            CompleteUnseen();
        }

        _isEstablished = true;
        ref readonly RequestFields fields = ref head.Fields;
        var context = fields.TraceParent.Length > 0 ? TraceContext.Parse(fields.TraceParent) : default;
        SpanData span = _conversation.Begin(first.Exchange, first.Time, first.ThreadId, context);
        ref PendingRequest request = ref _queue.Push();
        request.Kind = _attributes.KindOf(fields);
        _attributes.Set(span, fields, _conversation, _serviceRoutes, ref request);
        _isReceiving = true;
        CountCut(isCut, span);
        return true;
    }

    /// <summary>A request's last byte has passed.</summary>
    internal void EndRequest(in Moment now)
    {
        if (_isReceiving)
        {
            _isReceiving = false;
            ref PendingRequest request = ref _queue.Back;
            Receive(ref request, now.Time, now.ThreadId);
            SetRequestSize(request);
        }
    }

    /// <summary>What had to be a request is none.</summary>
    internal void FailRequest(ReadOnlySpan<byte> bytes)
    {
        if (_isEstablished || _attributes.BeginsLikeRequest(bytes))
        {
            _isEstablished = false;
            _conversation.Malformed();
        }
    }

    /// <summary>Whether a response that begins here answers anything.</summary>
    internal bool ExpectsResponse(byte first, in Moment now)
    {
        if (_isMuted)
        {
            return false;
        }

        if (_queue.Count == 0)
        {
            _request.EndHead(now);
        }

        if (_queue.Count == 0 && !_isEstablished && first != 'H' && !_isStranger && _request.IsSilent)
        {
            // The server speaks first, and not HTTP: it is another protocol's greeting.
            _isStranger = true;
            _conversation.Malformed();
        }

        return _queue.Count > 0;
    }

    /// <summary>A final response's head has come, as far as it will.</summary>
    /// <returns>Whether a body may follow.</returns>
    internal bool BeginResponse(int status, GrpcStatus? grpcStatus, bool isCut, in Moment first)
    {
        _missedResponse = false;
        ref PendingRequest request = ref _queue.Front;
        Receive(ref request, first.Time, _request.Last.ThreadId);
        _conversation.Answering(request.Span, first.Time, first.ThreadId);
        request.Status = status;
        request.GrpcStatus = grpcStatus;
        CountCut(isCut, request.Span);
        return !request.IsHead && status is not (204 or 304 or 101) && !(request.IsConnect && status < 300);
    }

    /// <summary>The final response's last byte has passed.</summary>
    internal void EndResponse(in Moment now) => Complete(now.Time, complete: true);

    /// <summary>What had to be a response is none.</summary>
    internal void FailResponse()
    {
        _isEstablished = false;
        _conversation.Malformed();
        AbandonAll();
    }

    /// <summary>Begins another exchange, if it is one.</summary>
    /// <returns>False when the exchange is an earlier one.</returns>
    private bool Enter(ulong exchange)
    {
        if (_hasExchange && exchange <= _exchange)
        {
            return exchange == _exchange;
        }

        _missedResponse |= _response.IsLost && !_response.IsAnswering && _queue.Count > 0;
        _hasExchange = true;
        _exchange = exchange;
        _request.EnterExchange();
        _response.EnterExchange();
        if (_request.IsLost || _request.MayForgoBody)
        {
            _request.Restart();
        }

        if (_response.IsLost && !_response.IsAnswering)
        {
            _response.Restart();
        }

        return true;
    }

    private void Close(in ResponseTail tail, ulong time)
    {
        var now = new Moment(_exchange, time, _request.Last.ThreadId);
        bool missed = _missedResponse || _response.IsLost;
        _request.EndHead(now);
        _response.EndHead(now);
        if (_response.IsAnswering)
        {
            bool cutShort = _response.IsCutShortBy(tail);
            Complete(cutShort ? time : _response.Last.Time, !cutShort);
        }

        if (missed)
        {
            CompleteUnseen();
        }

        while (_queue.Count > 0)
        {
            ResponseAttributes.SetFailure(_queue.Front, "connection_closed"u8);
            Pop(time);
        }

        _request.Reset();
        _response.Reset();
        _hasExchange = false;
    }

    /// <summary>Completes the request whose response is being read.</summary>
    private void Complete(ulong time, bool complete)
    {
        ulong? size = _response.KnownBodySize(complete);
        _response.Finish();
        ref PendingRequest request = ref _queue.Front;
        if (_isReceiving && _queue.Count == 1)
        {
            SetRequestSize(request);
            _request.Answered();
        }

        ResponseAttributes.Set(request, size, complete ? default : "response_truncated"u8);
        bool isTunnel = request.Status == 101 || (request.IsConnect && request.Status < 300);
        Pop(time);
        if (isTunnel && complete)
        {
            AbandonAll();
            _isMuted = true;
            _conversation.Mute();
        }
    }

    private void Pop(ulong time)
    {
        SpanData span = _queue.Front.Span;
        _isReceiving &= _queue.Count > 1;
        _queue.Pop();
        _conversation.Complete(span, time);
    }

    /// <summary>
    /// Pipelined requests were answered beyond what is captured of their responses: they took place, and how they ended
    /// is not known.
    /// </summary>
    private void CompleteUnseen()
    {
        _missedResponse = false;
        while (_queue.Count > 0)
        {
            ResponseAttributes.SetUnseen(_queue.Front);
            Pop(Math.Max(_response.Last.Time, _request.Last.Time));
        }
    }

    private void AbandonAll()
    {
        _isReceiving = false;
        _missedResponse = false;
        while (_queue.Count > 0)
        {
            _queue.Front.Route?.Answered(known: false);
            SpanData span = _queue.Front.Span;
            _queue.Pop();
            _conversation.Abandon(span);
        }
    }

    private void Receive(ref PendingRequest request, ulong time, uint threadId)
    {
        if (!request.IsReceived)
        {
            request.IsReceived = true;
            _conversation.Received(request.Span, time, threadId);
        }
    }

    private void SetRequestSize(in PendingRequest request)
    {
        if (request.DeclaresBody && request.Span.IsSampled && !_request.IsLost)
        {
            request.Span.Set(SemanticAttributes.HttpRequestBodySize, (long)_request.BodySize);
        }
    }

    private void CountCut(bool isCut, SpanData span)
    {
        if (isCut)
        {
            _protocol.HeadsCut++;
            if (span.IsSampled)
            {
                span.Set(HttpProtocol.HeadCut, true);
            }
        }
    }
}
