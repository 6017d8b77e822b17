using Sonde.Tracing.Protocols.Grpc;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2.Hpack;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>What header blocks mean (RFC 9113, section 8.3).</summary>
internal static class Http2Fields
{
    /// <summary>Whether a block begins a request: trailers have no field of these.</summary>
    public static bool BeginsRequest(FieldSet fields) =>
        fields.Has(FieldName.Method) || fields.Has(FieldName.Scheme) || fields.Has(FieldName.Path) || fields.Has(FieldName.Authority);

    /// <summary>What the request says; <see cref="RequestFields.Unknown"/> for what it must have said where that is not known.</summary>
    public static RequestFields ToRequest(FieldSet fields)
    {
        ReadOnlySpan<byte> method = Required(fields, FieldName.Method);
        bool isTunnel = method.SequenceEqual("CONNECT"u8) && !fields.Has(FieldName.Path);
        return new RequestFields
        {
            Method = method,
            Target = isTunnel ? fields[FieldName.Authority] : Required(fields, FieldName.Path),
            Scheme = fields[FieldName.Scheme],
            Version = "2"u8,
            Host = fields.Has(FieldName.Authority) ? fields[FieldName.Authority] : fields[FieldName.Host],
            UserAgent = fields[FieldName.UserAgent],
            ContentType = fields[FieldName.ContentType],
            TraceParent = fields[FieldName.TraceParent],
            Forwarded = fields[FieldName.Forwarded],
            ForwardedFor = fields[FieldName.ForwardedFor],
            ForwardedHost = fields[FieldName.ForwardedHost],
            ForwardedProto = fields[FieldName.ForwardedProto],
            DeclaresBody = fields.Has(FieldName.ContentLength),
        };
    }

    /// <summary>What a request is told as, from what it says itself.</summary>
    public static CallKind KindOfRequest(FieldSet fields, CallKinds told)
    {
        CallKind kind = KindOf(fields, told);
        bool isOther = fields.Has(FieldName.Method) && !fields[FieldName.Method].SequenceEqual("POST"u8);
        return kind == CallKind.Undecided && isOther ? CallKind.Http : kind;
    }

    /// <summary>What a request is told as, from what its answer says.</summary>
    public static CallKind KindOfResponse(FieldSet fields, CallKinds told) =>
        fields.Has(FieldName.GrpcStatus) ? CallKind.Grpc : KindOf(fields, told);

    /// <summary>The status; 0 when it is not there.</summary>
    public static int Status(FieldSet fields) =>
        Ascii.TryParse(fields[FieldName.Status], out ulong status) && status is >= 100 and <= 999 ? (int)status : 0;

    /// <summary>The size of the body, as far as it is said.</summary>
    public static ulong? ContentLength(FieldSet fields) =>
        Ascii.TryParse(fields[FieldName.ContentLength], out ulong length) && length <= long.MaxValue ? length : null;

    private static CallKind KindOf(FieldSet fields, CallKinds told)
    {
        if (!fields.Has(FieldName.ContentType))
        {
            return fields.IsPartial ? CallKind.Undecided : CallKind.Http;
        }

        ReadOnlySpan<byte> type = fields[FieldName.ContentType];
        return GrpcContent.IsGrpc(type) && ((told & CallKinds.Grpc) != 0 || !GrpcContent.IsWeb(type)) ? CallKind.Grpc : CallKind.Http;
    }

    private static ReadOnlySpan<byte> Required(FieldSet fields, FieldName name) =>
        fields.Has(name) ? fields[name] : fields.IsPartial ? RequestFields.Unknown : default;
}
