using Sonde.Tracing.Protocols.Grpc;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>A response's status and the header fields that Sonde reads; all other fields are passed over unseen.</summary>
internal ref struct ResponseHead
{
    private const int StatusLength = 12;

    private FramingFields _framing;

    /// <summary>100 to 999.</summary>
    public int Status { get; private set; }

    public readonly FramingFields Framing => _framing;

    /// <summary>Whether it is a stream of server-sent events, which may be silent for long.</summary>
    public bool IsEventStream { get; private set; }

    /// <summary>Whether fields are announced behind the last chunk.</summary>
    public bool HasTrailers { get; private set; }

    /// <summary>Of gRPC-Web, when it stands in the head.</summary>
    public GrpcStatus? GrpcStatus { get; private set; }

    /// <summary>Bytes of the head or as many as there are.</summary>
    public int Length { get; private set; }

    /// <summary>Whether the head's end was there.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether the bytes can be the beginning of a response.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> bytes) =>
        bytes[..Math.Min(bytes.Length, 7)].SequenceEqual("HTTP/1."u8[..Math.Min(bytes.Length, 7)]);

    /// <summary>Reads the head that the bytes begin with. Errors of single fields are forgiven, as clients do.</summary>
    public HeadState Parse(ReadOnlySpan<byte> bytes, HeadEnd end)
    {
        if (!IsPlausible(bytes))
        {
            return HeadState.Malformed;
        }

        int lineEnd = bytes.IndexOf((byte)'\n');
        bool known = bytes.Length >= StatusLength && (lineEnd < 0 || lineEnd >= StatusLength);
        if (known)
        {
            if (bytes[8] != ' ' || !Ascii.TryParse(bytes[9..StatusLength], out ulong status) || status < 100)
            {
                return HeadState.Malformed;
            }

            Status = (int)status;
        }

        if (lineEnd < 0)
        {
            Length = bytes.Length;
            return known && end != HeadEnd.Open ? HeadState.Whole : HeadState.Partial;
        }

        if (!known)
        {
            return HeadState.Malformed;
        }

        var fields = new HeaderFields(bytes[(lineEnd + 1)..]);
        bool framing = false;
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

            framing = false;
            switch (fields.Name.Length)
            {
                case 7 when fields.Is("trailer"u8):
                    HasTrailers = true;
                    break;
                case 11 when fields.Is("grpc-status"u8):
                    GrpcStatus = GrpcStatuses.Parse(fields.Value);
                    break;
                case 12 when fields.Is("content-type"u8):
                    IsEventStream = fields.Value.Length >= 17
                        && Ascii.EqualsIgnoreCase(fields.Value[..17], "text/event-stream"u8);
                    break;
                case 14 when fields.Is("content-length"u8):
                    framing = true;
                    _framing.AddLength(fields.Value);
                    break;
                case 17 when fields.Is("transfer-encoding"u8):
                    framing = true;
                    _framing.AddEncoding(fields.Value);
                    break;
            }
        }

        IsWhole = fields.IsEnded;
        Length = IsWhole ? lineEnd + 1 + fields.Length : bytes.Length;
        return IsWhole || end != HeadEnd.Open ? HeadState.Whole : HeadState.Partial;
    }
}
