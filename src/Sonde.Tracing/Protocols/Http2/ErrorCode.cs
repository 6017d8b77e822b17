using Sonde.Tracing.Protocols.Grpc;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>Why a stream was reset (RFC 9113, section 7).</summary>
internal static class ErrorCode
{
    public const uint NoError = 0;
    public const uint Cancel = 8;

    /// <summary>As the RFC spells it; <c>_OTHER</c> for those that it does not have.</summary>
    public static ReadOnlySpan<byte> Name(uint code) => code switch
    {
        NoError => "NO_ERROR"u8,
        1 => "PROTOCOL_ERROR"u8,
        2 => "INTERNAL_ERROR"u8,
        3 => "FLOW_CONTROL_ERROR"u8,
        4 => "SETTINGS_TIMEOUT"u8,
        5 => "STREAM_CLOSED"u8,
        6 => "FRAME_SIZE_ERROR"u8,
        7 => "REFUSED_STREAM"u8,
        Cancel => "CANCEL"u8,
        9 => "COMPRESSION_ERROR"u8,
        10 => "CONNECT_ERROR"u8,
        11 => "ENHANCE_YOUR_CALM"u8,
        12 => "INADEQUATE_SECURITY"u8,
        13 => "HTTP_1_1_REQUIRED"u8,
        _ => "_OTHER"u8,
    };

    /// <summary>What it means to a gRPC call (grpc/grpc: doc/PROTOCOL-HTTP2.md, "Errors"); null where that is not said.</summary>
    public static GrpcStatus? ToGrpc(uint code) => code switch
    {
        5 or 13 => null,
        <= 6 or 9 or 10 => GrpcStatus.Internal,
        7 => GrpcStatus.Unavailable,
        Cancel => GrpcStatus.Cancelled,
        11 => GrpcStatus.ResourceExhausted,
        12 => GrpcStatus.PermissionDenied,
        _ => null,
    };
}
