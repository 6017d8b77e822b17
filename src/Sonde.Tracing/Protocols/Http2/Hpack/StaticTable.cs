namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>The fields that every HPACK table begins with (RFC 7541, appendix A).</summary>
internal static class StaticTable
{
    /// <summary>How many there are; they are counted from 1.</summary>
    public const int Count = 61;

    private static readonly Entry[] s_entries =
    [
        New(":authority"u8), New(":method"u8, "GET"u8), New(":method"u8, "POST"u8), New(":path"u8, "/"u8), New(":path"u8, "/index.html"u8),
        New(":scheme"u8, "http"u8), New(":scheme"u8, "https"u8), New(":status"u8, "200"u8), New(":status"u8, "204"u8),
        New(":status"u8, "206"u8), New(":status"u8, "304"u8), New(":status"u8, "400"u8), New(":status"u8, "404"u8),
        New(":status"u8, "500"u8), New("accept-charset"u8), New("accept-encoding"u8, "gzip, deflate"u8), New("accept-language"u8),
        New("accept-ranges"u8), New("accept"u8), New("access-control-allow-origin"u8), New("age"u8), New("allow"u8),
        New("authorization"u8), New("cache-control"u8), New("content-disposition"u8), New("content-encoding"u8),
        New("content-language"u8), New("content-length"u8), New("content-location"u8), New("content-range"u8), New("content-type"u8),
        New("cookie"u8), New("date"u8), New("etag"u8), New("expect"u8), New("expires"u8), New("from"u8), New("host"u8), New("if-match"u8),
        New("if-modified-since"u8), New("if-none-match"u8), New("if-range"u8), New("if-unmodified-since"u8), New("last-modified"u8),
        New("link"u8), New("location"u8), New("max-forwards"u8), New("proxy-authenticate"u8), New("proxy-authorization"u8),
        New("range"u8), New("referer"u8), New("refresh"u8), New("retry-after"u8), New("server"u8), New("set-cookie"u8),
        New("strict-transport-security"u8), New("transfer-encoding"u8), New("user-agent"u8), New("vary"u8), New("via"u8),
        New("www-authenticate"u8),
    ];

    /// <summary>The field at a place from 1 to <see cref="Count"/>.</summary>
    public static ref readonly Entry At(int index) => ref s_entries[index - 1];

    private static Entry New(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value = default) =>
        new(FieldNames.Find(name), name.Length, value.ToArray());

    internal readonly record struct Entry(FieldName Name, int NameLength, byte[] Value);
}
