namespace Sonde.Tracing.Protocols.Http;

/// <summary>The response side of a connection, and what is known of the final response that is being read.</summary>
internal sealed class ResponseReader(HttpParser parser) : MessageReader
{
    private FramingFields _framing;
    private MessageBody _body;
    private int _headLength;
    private bool _isEventStream;
    private bool _hasTrailers;
    private bool _headIsWhole;

    /// <summary>Whether a final response has begun and not ended.</summary>
    public bool IsAnswering { get; private set; }

    /// <summary>Whether what was seen of the response does not say where it ends.</summary>
    public bool IsOpenEnded => IsAnswering && (IsLost || IsUntilClose);

    /// <summary>The size of the response's body, as far as it is certain.</summary>
    /// <param name="complete">Whether all of it has passed.</param>
    public ulong? KnownBodySize(bool complete) => _body.Kind switch
    {
        BodyKind.None => 0,
        BodyKind.Length => complete ? _body.Length : BodySize,
        BodyKind.Chunked => IsLost ? null : BodySize,
        BodyKind.UntilClose => BodySize,
        _ => complete && _framing.HasLength ? _framing.Length : null,
    };

    /// <summary>The response is over; what may still come of it is passed over.</summary>
    public void Finish()
    {
        IsAnswering = false;
        if (IsInFramedBody || IsUntilClose)
        {
            Lose();
        }
    }

    /// <summary>Whether the last bytes show that an open-ended response is whole.</summary>
    public bool IsEndedBy(in ResponseTail tail) =>
        IsLost && (_framing.IsChunked || !_framing.HasLength)
        && (tail.IsLastChunk || (_hasTrailers && _framing.IsChunked && tail.IsEmptyLine));

    /// <summary>Whether a response that has been silent for a while is taken for whole, where its framing cannot tell.</summary>
    public bool IsEndedByQuiet(in ResponseTail tail) =>
        IsLost && (IsEndedBy(tail)
            || (_framing.HasLength ? !IsShort
                : !_isEventStream && !(_framing.IsChunked && tail.IsReadable)));

    /// <summary>Whether a response at whose end the connection was closed is not whole.</summary>
    public bool IsCutShortBy(in ResponseTail tail) =>
        !_headIsWhole || IsInFramedBody ? !_isEventStream || !IsChunkedBody
        : IsLost && (_framing.HasLength ? IsShort
            : _framing.IsChunked && !_isEventStream && tail.IsReadable && !IsEndedBy(tail));

    private bool IsChunkedBody => _body.Kind == BodyKind.Chunked;

    /// <summary>Whether less has passed than the captured part of the head and the length that it gives.</summary>
    private bool IsShort => MessageSize < (ulong)_headLength + _framing.Length;

    protected override bool OnStart(byte first, in Moment now) => parser.ExpectsResponse(first, now);

    protected override bool IsPlausible(ReadOnlySpan<byte> bytes) => ResponseHead.IsPlausible(bytes);

    protected override HeadState OnHead(
        ReadOnlySpan<byte> bytes, HeadEnd end, in Moment now, out int length, out MessageBody body)
    {
        var head = new ResponseHead();
        HeadState state = head.Parse(bytes, end);
        length = head.Length;
        body = head.IsWhole ? MessageBody.None : MessageBody.Unknown;
        if (state != HeadState.Whole || (head.Status < 200 && head.Status != 101))
        {
            return state;
        }

        _framing = head.Framing;
        _headLength = head.Length;
        _isEventStream = head.IsEventStream;
        _hasTrailers = head.HasTrailers;
        _headIsWhole = end != HeadEnd.Ended || head.IsWhole;
        IsAnswering = true;
        bool hasBody = parser.BeginResponse(head.Status, head.GrpcStatus, end == HeadEnd.Cut && !head.IsWhole, First);
        if (!hasBody)
        {
            _framing = default;
        }

        _body = !hasBody ? MessageBody.None : head.IsWhole ? _framing.OfResponse : MessageBody.Unknown;
        if (head.IsWhole)
        {
            body = _body;
        }

        return state;
    }

    protected override void OnEnd(in Moment now)
    {
        if (IsAnswering)
        {
            parser.EndResponse(now);
        }
    }

    protected override void OnMalformed(ReadOnlySpan<byte> bytes) => parser.FailResponse();
}
