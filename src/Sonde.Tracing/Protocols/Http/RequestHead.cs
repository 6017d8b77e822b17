using System.Diagnostics.CodeAnalysis;

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
    private RequestFields _fields;
    private FramingFields _framing;

    /// <summary>What it says; what stood behind a cut is empty.</summary>
    [UnscopedRef]
    public readonly ref readonly RequestFields Fields => ref _fields;

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

        _fields.Method = line.Method;
        _fields.Target = line.Target;
        _fields.Version = line.MinorVersion < 0 ? default : line.MinorVersion == 0 ? "1.0"u8 : "1.1"u8;
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
                case 4 when _fields.Host.Length == 0 && fields.Is("host"u8):
                    _fields.Host = fields.Value;
                    break;
                case 6 when fields.Is("expect"u8):
                    ExpectsContinue = Ascii.EqualsIgnoreCase(fields.Value, "100-continue"u8);
                    break;
                case 9 when _fields.Forwarded.Length == 0 && fields.Is("forwarded"u8):
                    _fields.Forwarded = fields.Value;
                    break;
                case 10 when fields.Is("user-agent"u8):
                    _fields.UserAgent = fields.Value;
                    break;
                case 11 when fields.Is("traceparent"u8):
                    _fields.TraceParent = traceParents++ == 0 ? fields.Value : default;
                    break;
                case 12 when fields.Is("content-type"u8):
                    _fields.ContentType = fields.Value;
                    break;
                case 14 when fields.Is("content-length"u8):
                    framing = true;
                    _framing.AddLength(fields.Value);
                    break;
                case 15 when _fields.ForwardedFor.Length == 0 && fields.Is("x-forwarded-for"u8):
                    _fields.ForwardedFor = fields.Value;
                    break;
                case 16 when _fields.ForwardedHost.Length == 0 && fields.Is("x-forwarded-host"u8):
                    _fields.ForwardedHost = fields.Value;
                    break;
                case 17 when fields.Is("transfer-encoding"u8):
                    framing = true;
                    _framing.AddEncoding(fields.Value);
                    break;
                case 17 when _fields.ForwardedProto.Length == 0 && fields.Is("x-forwarded-proto"u8):
                    _fields.ForwardedProto = fields.Value;
                    break;
            }
        }

        _fields.DeclaresBody = _framing.IsDeclared;
        IsWhole = fields.IsEnded;
        Length = IsWhole ? line.Length + fields.Length : bytes.Length;
        return !IsWhole && end == HeadEnd.Open ? HeadState.Partial
            : malformed ? HeadState.Malformed
            : HeadState.Whole;
    }
}
