namespace Sonde.Tracing.Protocols.Http;

/// <summary>What a request's head says, in whichever version of HTTP it was said. What was not said is empty.</summary>
internal ref struct RequestFields
{
    /// <summary>Stands for what was said where it could not be read, and is never a method or a path of anybody's.</summary>
    public static ReadOnlySpan<byte> Unknown => "(unknown)"u8;

    public ReadOnlySpan<byte> Method { get; set; }

    /// <summary>In one of the forms of RFC 9112, section 3.2; path and query in HTTP/2.</summary>
    public ReadOnlySpan<byte> Target { get; set; }

    /// <summary>As HTTP/2 says it beside the target.</summary>
    public ReadOnlySpan<byte> Scheme { get; set; }

    /// <summary>As <c>network.protocol.version</c> has it.</summary>
    public ReadOnlySpan<byte> Version { get; set; }

    /// <summary>Host and perhaps port.</summary>
    public ReadOnlySpan<byte> Host { get; set; }

    public ReadOnlySpan<byte> UserAgent { get; set; }

    public ReadOnlySpan<byte> ContentType { get; set; }

    /// <summary>Empty as well when there were several, which W3C Trace Context says to ignore.</summary>
    public ReadOnlySpan<byte> TraceParent { get; set; }

    public ReadOnlySpan<byte> Forwarded { get; set; }

    public ReadOnlySpan<byte> ForwardedFor { get; set; }

    public ReadOnlySpan<byte> ForwardedHost { get; set; }

    public ReadOnlySpan<byte> ForwardedProto { get; set; }

    /// <summary>Whether a body was announced, so that its size is told.</summary>
    public bool DeclaresBody { get; set; }
}
