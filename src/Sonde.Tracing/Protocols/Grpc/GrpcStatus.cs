using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Protocols.Grpc;

/// <summary>How a call ended (grpc/grpc: doc/statuscodes.md).</summary>
internal enum GrpcStatus : byte
{
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

/// <summary>Names of statuses, and what else they are told by.</summary>
internal static class GrpcStatuses
{
    private static readonly byte[][] s_names =
    [
        [.. "OK"u8], [.. "CANCELLED"u8], [.. "UNKNOWN"u8], [.. "INVALID_ARGUMENT"u8], [.. "DEADLINE_EXCEEDED"u8], [.. "NOT_FOUND"u8],
        [.. "ALREADY_EXISTS"u8], [.. "PERMISSION_DENIED"u8], [.. "RESOURCE_EXHAUSTED"u8], [.. "FAILED_PRECONDITION"u8],
        [.. "ABORTED"u8], [.. "OUT_OF_RANGE"u8], [.. "UNIMPLEMENTED"u8], [.. "INTERNAL"u8], [.. "UNAVAILABLE"u8],
        [.. "DATA_LOSS"u8], [.. "UNAUTHENTICATED"u8],
    ];

    public static ReadOnlySpan<byte> Name(GrpcStatus status) => s_names[(int)status];

    /// <summary>The value of <c>grpc-status</c>; a number that is no status counts as UNKNOWN, as it does for clients.</summary>
    public static GrpcStatus? Parse(ReadOnlySpan<byte> value) =>
        !Ascii.TryParse(value, out ulong number) ? null : number < (ulong)s_names.Length ? (GrpcStatus)number : GrpcStatus.Unknown;

    /// <summary>What clients make of an HTTP status without <c>grpc-status</c> (doc/http-grpc-status-mapping.md); null for 200.</summary>
    public static GrpcStatus? OfHttp(int status) => status switch
    {
        0 or 200 => null,
        400 => GrpcStatus.Internal,
        401 => GrpcStatus.Unauthenticated,
        403 => GrpcStatus.PermissionDenied,
        404 => GrpcStatus.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatus.Unavailable,
        _ => GrpcStatus.Unknown,
    };

    /// <summary>Whether the semantic conventions call it an error: for who asked, all but OK are; for who answered, those that are its own.</summary>
    public static bool IsError(GrpcStatus status, bool isServer) => isServer
        ? status is GrpcStatus.Unknown or GrpcStatus.DeadlineExceeded or GrpcStatus.Unimplemented or GrpcStatus.Internal
            or GrpcStatus.Unavailable or GrpcStatus.DataLoss
        : status != GrpcStatus.Ok;
}
