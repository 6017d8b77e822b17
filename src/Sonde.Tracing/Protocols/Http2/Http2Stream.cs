using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>A request that waits for the end of its response. Pooled.</summary>
internal sealed class Http2Stream
{
    private PendingRequest _request;

    public ref PendingRequest Request => ref _request;

    /// <summary>What the request says, while it is not known whether it is a gRPC call.</summary>
    public FieldSet Undecided { get; } = new();

    /// <summary>When its first byte passed, nanoseconds of the monotonic clock.</summary>
    public ulong Begun { get; set; }

    /// <summary>What the client of a gRPC call gives it, nanoseconds; 0 when it gives no limit.</summary>
    public ulong Timeout { get; set; }

    /// <summary>What <c>content-length</c> says of the request's body.</summary>
    public ulong? RequestLength { get; set; }

    /// <summary>What <c>content-length</c> says of the response's body, or its absence.</summary>
    public ulong? ResponseLength { get; set; }

    /// <summary>Whether the final response has begun.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Fields that could not be read because they had been said before Sonde listened.</summary>
    public int UnknownCount { get; set; }

    /// <summary>Makes the object as new.</summary>
    public void Reset()
    {
        _request = default;
        Undecided.Clear();
        (Begun, Timeout, RequestLength, ResponseLength) = (0, 0, null, null);
        (IsAnswered, UnknownCount) = (false, 0);
    }
}
