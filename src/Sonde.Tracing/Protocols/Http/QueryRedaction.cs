namespace Sonde.Tracing.Protocols.Http;

/// <summary>Keeps the keys of a query and hides its values.</summary>
internal static class QueryRedaction
{
    /// <summary>A parameter without a value is taken for a key up to this length, if it has no digit; else it may be a token.</summary>
    private const int MaxBareLength = 24;

    private static ReadOnlySpan<byte> Redacted => "REDACTED"u8;

    /// <summary>Writes as much of the redacted query as the destination holds.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(ReadOnlySpan<byte> query, Span<byte> destination)
    {
        int written = 0;
        while (query.Length > 0)
        {
            int end = query.IndexOfAny((byte)'&', (byte)';');
            ReadOnlySpan<byte> pair = end < 0 ? query : query[..end];
            int equals = pair.IndexOf((byte)'=');
            ReadOnlySpan<byte> key = equals >= 0 ? pair[..(equals + 1)] : IsKey(pair) ? pair : default;
            ReadOnlySpan<byte> value = key.Length == pair.Length ? default : Redacted;
            int needed = key.Length + value.Length + (end < 0 ? 0 : 1);
            if (written + needed > destination.Length)
            {
                break;
            }

            key.CopyTo(destination[written..]);
            value.CopyTo(destination[(written + key.Length)..]);
            if (end >= 0)
            {
                destination[written + needed - 1] = query[end];
            }

            written += needed;
            query = end < 0 ? default : query[(end + 1)..];
        }

        return written;
    }

    private static bool IsKey(ReadOnlySpan<byte> pair) =>
        pair.Length <= MaxBareLength && !pair.ContainsAnyInRange((byte)'0', (byte)'9');
}
