namespace Sonde.Tracing.Protocols.Http;

/// <summary>A request target in one of its four forms (RFC 9112, section 3.2), taken apart.</summary>
internal readonly ref struct RequestTarget
{
    /// <summary>The scheme of an absolute form, else empty.</summary>
    public ReadOnlySpan<byte> Scheme { get; private init; }

    /// <summary>Host and port of an absolute form or of <c>CONNECT</c>, else empty.</summary>
    public ReadOnlySpan<byte> Authority { get; private init; }

    /// <summary>Whether a user name stood before the authority.</summary>
    public bool HasCredentials { get; private init; }

    /// <summary>Begins with a slash; <c>*</c> for the asterisk form; empty for <c>CONNECT</c>.</summary>
    public ReadOnlySpan<byte> Path { get; private init; }

    /// <summary>Without the question mark.</summary>
    public ReadOnlySpan<byte> Query { get; private init; }

    /// <summary>Whether there is a path that a route can be told of.</summary>
    public bool HasPath => Path.Length > 0 && Path[0] == '/';

    /// <summary>Whether it could not be read.</summary>
    public bool IsUnknown => Path.SequenceEqual(RequestFields.Unknown);

    /// <param name="target">As it stands in the request line.</param>
    /// <param name="isConnect">Whether the method is <c>CONNECT</c>, whose target is an authority.</param>
    public static RequestTarget Parse(ReadOnlySpan<byte> target, bool isConnect)
    {
        if (isConnect)
        {
            return new RequestTarget { Authority = target };
        }

        // A fragment is not sent; who sends one anyway means the path before it.
        int cut = target.IndexOfAny((byte)'?', (byte)'#');
        ReadOnlySpan<byte> path = cut < 0 ? target : target[..cut];
        ReadOnlySpan<byte> query = cut < 0 || target[cut] == '#' ? default : target[(cut + 1)..];
        int fragment = query.IndexOf((byte)'#');
        query = fragment < 0 ? query : query[..fragment];
        int scheme = path.Length > 0 && path[0] != '/' ? path.IndexOf("://"u8) : -1;
        if (scheme <= 0)
        {
            return new RequestTarget { Path = path, Query = query };
        }

        ReadOnlySpan<byte> rest = path[(scheme + 3)..];
        int slash = rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> authority = slash < 0 ? rest : rest[..slash];
        int at = authority.LastIndexOf((byte)'@');
        return new RequestTarget
        {
            Scheme = path[..scheme],
            Authority = authority[(at + 1)..],
            HasCredentials = at >= 0,
            Path = slash < 0 ? "/"u8 : rest[slash..],
            Query = query,
        };
    }
}
