using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Protocols.Grpc;

/// <summary>What <c>content-type</c> and <c>grpc-timeout</c> say (grpc/grpc: doc/PROTOCOL-HTTP2.md, doc/PROTOCOL-WEB.md).</summary>
internal static class GrpcContent
{
    private static ReadOnlySpan<byte> Type => "application/grpc"u8;

    /// <summary>Whether a message is gRPC's or gRPC-Web's, in any encoding.</summary>
    public static bool IsGrpc(ReadOnlySpan<byte> contentType) =>
        contentType.Length >= Type.Length && Ascii.EqualsIgnoreCase(contentType[..Type.Length], Type)
        && (contentType.Length == Type.Length || contentType[Type.Length] is (byte)'+' or (byte)';' or (byte)'-' or (byte)' ');

    /// <summary>Whether it is gRPC-Web, which is HTTP like any other and may be told as such.</summary>
    public static bool IsWeb(ReadOnlySpan<byte> contentType) =>
        IsGrpc(contentType) && contentType.Length > Type.Length && contentType[Type.Length] == '-';

    /// <summary>The time that a client gives a call, nanoseconds; 0 when it gives none.</summary>
    public static ulong Timeout(ReadOnlySpan<byte> value)
    {
        if (value.Length is < 2 or > 9 || !Ascii.TryParse(value[..^1], out ulong number))
        {
            return 0;
        }

        return number * value[^1] switch
        {
            (byte)'H' => 3_600_000_000_000,
            (byte)'M' => 60_000_000_000,
            (byte)'S' => 1_000_000_000,
            (byte)'m' => 1_000_000,
            (byte)'u' => 1_000,
            (byte)'n' => 1UL,
            _ => 0UL,
        };
    }
}
