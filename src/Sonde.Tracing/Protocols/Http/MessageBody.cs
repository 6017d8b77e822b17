namespace Sonde.Tracing.Protocols.Http;

/// <summary>How the end of a message's body is told (RFC 9112, section 6.3).</summary>
internal enum BodyKind : byte
{
    None,
    Length,
    Chunked,
    UntilClose,

    /// <summary>The head was cut, or contradicts itself.</summary>
    Unknown,
}

/// <summary>The body that a head announces.</summary>
internal readonly record struct MessageBody(BodyKind Kind, ulong Length = 0)
{
    public static MessageBody None => default;

    public static MessageBody Unknown => new(BodyKind.Unknown);
}

/// <summary>The header fields that frame a body, gathered while a head is read.</summary>
internal struct FramingFields
{
    private bool _hasLength;
    private bool _contradicts;

    /// <summary>Whether a <c>Transfer-Encoding</c> stands in the head.</summary>
    public bool IsEncoded { get; private set; }

    /// <summary>Whether the last transfer coding is <c>chunked</c>.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>The <c>Content-Length</c>; 0 when there is none.</summary>
    public ulong Length { get; private set; }

    /// <summary>Whether the length is known and counts: an encoding overrides it.</summary>
    public readonly bool HasLength => _hasLength && !_contradicts && !IsEncoded;

    /// <summary>Whether a body may follow a request.</summary>
    public readonly bool IsDeclared => _hasLength || IsEncoded;

    /// <summary>Takes a <c>Content-Length</c>; several, or a list, must agree.</summary>
    public void AddLength(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            int comma = value.IndexOf((byte)',');
            ReadOnlySpan<byte> one = Ascii.Trim(comma < 0 ? value : value[..comma]);
            if (!Ascii.TryParse(one, out ulong length) || (_hasLength && length != Length))
            {
                _contradicts = true;
            }

            _hasLength = true;
            Length = length;
            if (comma < 0)
            {
                return;
            }

            value = value[(comma + 1)..];
        }
    }

    /// <summary>Takes a <c>Transfer-Encoding</c>; the last coding of the last field decides.</summary>
    public void AddEncoding(ReadOnlySpan<byte> value)
    {
        IsEncoded = true;
        IsChunked = Ascii.EqualsIgnoreCase(Ascii.Trim(value[(value.LastIndexOf((byte)',') + 1)..]), "chunked"u8);
    }

    /// <summary>A framing field was folded over lines, or stood in a line that is none.</summary>
    public void Contradict() => _contradicts = true;

    /// <summary>The body of a request: none when nothing is declared.</summary>
    public readonly MessageBody OfRequest =>
        IsChunked ? new(BodyKind.Chunked)
        : IsEncoded || _contradicts ? MessageBody.Unknown
        : _hasLength ? new(BodyKind.Length, Length)
        : MessageBody.None;

    /// <summary>The body of a response that has one: until the end of the connection when nothing is declared.</summary>
    public readonly MessageBody OfResponse =>
        IsChunked ? new(BodyKind.Chunked)
        : IsEncoded ? new(BodyKind.UntilClose)
        : _contradicts ? MessageBody.Unknown
        : _hasLength ? new(BodyKind.Length, Length)
        : new(BodyKind.UntilClose);
}
