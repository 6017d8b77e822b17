namespace Sonde.Tracing.Protocols.Http;

/// <summary>The request side of a connection.</summary>
internal sealed class RequestReader(HttpParser parser) : MessageReader
{
    /// <summary>
    /// Whether the client was told a final answer where it waited for <c>100 Continue</c>, and has sent nothing of the body:
    /// it may as well send another request.
    /// </summary>
    public bool MayForgoBody { get; private set; }

    /// <summary>The body being read was announced with <c>Expect: 100-continue</c>, and its request is now answered.</summary>
    public void Answered() => MayForgoBody = _expectsContinue && IsInFramedBody && BodySize == 0;

    private bool _expectsContinue;

    protected override bool OnStart(byte first, in Moment now)
    {
        _expectsContinue = false;
        MayForgoBody = false;
        return true;
    }

    protected override bool IsPlausible(ReadOnlySpan<byte> bytes) => RequestLine.Parse(bytes, out _) != HeadState.Malformed;

    protected override HeadState OnHead(
        ReadOnlySpan<byte> bytes, HeadEnd end, in Moment now, out int length, out MessageBody body)
    {
        var head = new RequestHead();
        HeadState state = head.Parse(bytes, end);
        length = head.Length;
        body = head.Body;
        if (state == HeadState.Whole)
        {
            _expectsContinue = head.ExpectsContinue;
            if (!parser.BeginRequest(head, end == HeadEnd.Cut && !head.IsWhole, First))
            {
                body = MessageBody.Unknown;
            }
        }

        return state;
    }

    protected override void OnEnd(in Moment now) => parser.EndRequest(now);

    /// <summary>
    /// Bytes that begin no request are an error only where a request had to begin: not in the middle of something that was
    /// never seen from its beginning.
    /// </summary>
    protected override void OnMalformed(ReadOnlySpan<byte> bytes)
    {
        if (!IsTentative)
        {
            parser.FailRequest(bytes);
        }
    }
}
