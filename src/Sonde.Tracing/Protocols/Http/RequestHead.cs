namespace Sonde.Tracing.Protocols.Http;

/// <summary>Why reading a head stops where it does.</summary>
internal enum HeadEnd : byte
{
    /// <summary>It need not: more may come.</summary>
    Open,

    /// <summary>What follows was not captured.</summary>
    Cut,

    /// <summary>Nothing follows: the connection was closed, or the answer came.</summary>
    Ended,
}

/// <summary>A request's first line and the header fields that Sonde reads; all other fields are passed over unseen.</summary>
internal ref struct RequestHead
{
    private FramingFields _framing;

    public ReadOnlySpan<byte> Method { get; private set; }

    public ReadOnlySpan<byte> Target { get; private set; }

    /// <summary>The digit behind <c>HTTP/1.</c>, or -1 when it was cut off.</summary>
    public int MinorVersion { get; private set; }

    public ReadOnlySpan<byte> Host { get; private set; }

    public ReadOnlySpan<byte> UserAgent { get; private set; }

    /// <summary>Empty as well when there were several, which W3C Trace Context says to ignore.</summary>
    public ReadOnlySpan<byte> TraceParent { get; private set; }

    public ReadOnlySpan<byte> Forwarded { get; private set; }

    public ReadOnlySpan<byte> ForwardedFor { get; private set; }

    public ReadOnlySpan<byte> ForwardedHost { get; private set; }

    public ReadOnlySpan<byte> ForwardedProto { get; private set; }

    /// <summary>Whether the client waits for a <c>100 Continue</c> before it sends the body.</summary>
    public bool ExpectsContinue { get; private set; }

    public readonly FramingFields Framing => _framing;

    /// <summary>Bytes of the head, or as many as there are.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the head's end was there.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The body that follows.</summary>
    public readonly MessageBody Body => IsWhole ? _framing.OfRequest : MessageBody.Unknown;

    /// <summary>Reads the head that the bytes begin with.</summary>
    public HeadState Parse(ReadOnlySpan<byte> bytes, HeadEnd end)
    {
        HeadState state = RequestLine.Parse(bytes, out RequestLine line);
        if (state == HeadState.Partial && end == HeadEnd.Cut && RequestLine.TryParseCut(bytes, out line))
        {
            state = HeadState.Whole;
        }

        if (state != HeadState.Whole)
        {
            return state;
        }

        Method = line.Method;
        Target = line.Target;
        MinorVersion = line.MinorVersion;
        var fields = new HeaderFields(bytes[line.Length..]);
        bool malformed = false;
        bool framing = false;
        int traceParents = 0;
        while (fields.MoveNext())
        {
            if (fields.IsFolded)
            {
                if (framing)
                {
                    _framing.Contradict();
                }

                continue;
            }

            malformed |= fields.IsPadded || fields.Name.Length == 0;
            framing = false;
            switch (fields.Name.Length)
            {
                case 4 when Host.Length == 0 && fields.Is("host"u8):
                    Host = fields.Value;
                    break;
                case 6 when fields.Is("expect"u8):
                    ExpectsContinue = Ascii.EqualsIgnoreCase(fields.Value, "100-continue"u8);
                    break;
                case 9 when Forwarded.Length == 0 && fields.Is("forwarded"u8):
                    Forwarded = fields.Value;
                    break;
                case 10 when fields.Is("user-agent"u8):
                    UserAgent = fields.Value;
                    break;
                case 11 when fields.Is("traceparent"u8):
                    TraceParent = traceParents++ == 0 ? fields.Value : default;
                    break;
                case 14 when fields.Is("content-length"u8):
                    framing = true;
                    _framing.AddLength(fields.Value);
                    break;
                case 15 when ForwardedFor.Length == 0 && fields.Is("x-forwarded-for"u8):
                    ForwardedFor = fields.Value;
                    break;
                case 16 when ForwardedHost.Length == 0 && fields.Is("x-forwarded-host"u8):
                    ForwardedHost = fields.Value;
                    break;
                case 17 when fields.Is("transfer-encoding"u8):
                    framing = true;
                    _framing.AddEncoding(fields.Value);
                    break;
                case 17 when ForwardedProto.Length == 0 && fields.Is("x-forwarded-proto"u8):
                    ForwardedProto = fields.Value;
                    break;
            }
        }

        IsWhole = fields.IsEnded;
        Length = IsWhole ? line.Length + fields.Length : bytes.Length;
        return !IsWhole && end == HeadEnd.Open ? HeadState.Partial
            : malformed ? HeadState.Malformed
            : HeadState.Whole;
    }
}
