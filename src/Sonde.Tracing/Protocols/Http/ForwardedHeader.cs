using System.Buffers;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>What the proxies in front of a server say of the client's request: <c>Forwarded</c> (RFC 7239) and its forerunners.</summary>
internal static class ForwardedHeader
{
    private static readonly SearchValues<byte> s_node =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:_-%"u8);

    /// <summary>The first of a list, which is what the proxy next to the client wrote.</summary>
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> list)
    {
        int comma = list.IndexOf((byte)',');
        return Ascii.Trim(comma < 0 ? list : list[..comma]);
    }

    /// <summary>A parameter of the first element of a <c>Forwarded</c> field, unquoted; empty when it has none.</summary>
    /// <param name="value">The field's value.</param>
    /// <param name="name">In lower case.</param>
    public static ReadOnlySpan<byte> Parameter(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> rest = First(value);
        while (rest.Length > 0)
        {
            int end = rest.IndexOf((byte)';');
            ReadOnlySpan<byte> pair = Ascii.Trim(end < 0 ? rest : rest[..end]);
            rest = end < 0 ? default : rest[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (equals > 0 && Ascii.EqualsIgnoreCase(pair[..equals], name))
            {
                return pair[(equals + 1)..].Trim((byte)'"');
            }
        }

        return default;
    }

    /// <summary>The client's address out of a node (section 6), without its port; empty when it is unknown or none.</summary>
    public static ReadOnlySpan<byte> Node(ReadOnlySpan<byte> node)
    {
        ReadOnlySpan<byte> host = Authority.Parse(node).Host;
        return !host.ContainsAnyExcept(s_node) && !Ascii.EqualsIgnoreCase(host, "unknown"u8) ? host : default;
    }
}
