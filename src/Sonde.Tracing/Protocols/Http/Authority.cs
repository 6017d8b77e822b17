namespace Sonde.Tracing.Protocols.Http;

/// <summary>A host and perhaps a port, as in <c>Host</c> (RFC 3986, section 3.2).</summary>
internal readonly ref struct Authority
{
    /// <summary>A name or an address; IPv6 without its brackets. Empty when there is none that makes sense.</summary>
    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>0 when none is given.</summary>
    public int Port { get; private init; }

    public static Authority Parse(ReadOnlySpan<byte> value)
    {
        value = Ascii.Trim(value);
        int end = value.Length > 0 && value[0] == '[' ? value.IndexOf((byte)']') + 1 : 0;
        int colon = value[end..].IndexOf((byte)':');
        ReadOnlySpan<byte> host = colon < 0 ? value : value[..(end + colon)];
        ReadOnlySpan<byte> port = colon < 0 ? default : value[(end + colon + 1)..];
        if (port.Contains((byte)':'))
        {
            // An IPv6 address without brackets, as X-Forwarded-For has them.
            return new Authority { Host = value };
        }

        if (host.Length > 2 && host[0] == '[' && host[^1] == ']')
        {
            host = host[1..^1];
        }

        return new Authority
        {
            Host = host,
            Port = Ascii.TryParse(port, out ulong number) && number is > 0 and <= ushort.MaxValue ? (int)number : 0,
        };
    }
}
