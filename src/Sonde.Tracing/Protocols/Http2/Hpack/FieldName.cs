namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>The header fields that Sonde reads. The names of all others are <see cref="Other"/>, and their values are not kept.</summary>
internal enum FieldName : byte
{
    /// <summary>It stands in a part of the dynamic table that was never seen.</summary>
    Unknown,
    Other,
    Authority,
    ContentLength,
    ContentType,
    Forwarded,
    ForwardedFor,
    ForwardedHost,
    ForwardedProto,
    GrpcStatus,
    GrpcTimeout,
    Host,
    Method,
    Path,
    Scheme,
    Status,
    TraceParent,
    UserAgent,
}

/// <summary>Tells names apart.</summary>
internal static class FieldNames
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)FieldName.UserAgent + 1;

    /// <summary>The name with these bytes; in HTTP/2 they are lower case (RFC 9113, section 8.2).</summary>
    public static FieldName Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 when name.SequenceEqual("host"u8) => FieldName.Host,
        5 when name.SequenceEqual(":path"u8) => FieldName.Path,
        7 when name.SequenceEqual(":method"u8) => FieldName.Method,
        7 when name.SequenceEqual(":scheme"u8) => FieldName.Scheme,
        7 when name.SequenceEqual(":status"u8) => FieldName.Status,
        9 when name.SequenceEqual("forwarded"u8) => FieldName.Forwarded,
        10 when name.SequenceEqual(":authority"u8) => FieldName.Authority,
        10 when name.SequenceEqual("user-agent"u8) => FieldName.UserAgent,
        11 when name.SequenceEqual("traceparent"u8) => FieldName.TraceParent,
        11 when name.SequenceEqual("grpc-status"u8) => FieldName.GrpcStatus,
        12 when name.SequenceEqual("content-type"u8) => FieldName.ContentType,
        12 when name.SequenceEqual("grpc-timeout"u8) => FieldName.GrpcTimeout,
        14 when name.SequenceEqual("content-length"u8) => FieldName.ContentLength,
        15 when name.SequenceEqual("x-forwarded-for"u8) => FieldName.ForwardedFor,
        16 when name.SequenceEqual("x-forwarded-host"u8) => FieldName.ForwardedHost,
        17 when name.SequenceEqual("x-forwarded-proto"u8) => FieldName.ForwardedProto,
        _ => FieldName.Other,
    };
}
