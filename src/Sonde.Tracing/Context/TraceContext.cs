using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Context;

/// <summary>The trace context that a request carries (W3C Trace Context, level 1).</summary>
/// <param name="TraceId">The trace that the caller says the request belongs to.</param>
/// <param name="SpanId">The caller's span.</param>
/// <param name="Sampled">The caller's sampled flag.</param>
public readonly record struct TraceContext(TraceId TraceId, SpanId SpanId, bool Sampled)
{
    private const int Version0Length = 55;

    /// <summary>Whether there is one.</summary>
    public bool IsValid => TraceId.IsValid && SpanId.IsValid;

    /// <summary>Reads the value of a <c>traceparent</c> header.</summary>
    /// <param name="value">The header's value, without surrounding white space.</param>
    /// <returns>The context, or default when the value is malformed (the specification: then it is ignored).</returns>
    public static TraceContext Parse(ReadOnlySpan<byte> value)
    {
        if (value.Length < Version0Length || value[2] != '-' || value[35] != '-' || value[52] != '-'
            || !TryHex(value[..2], out ulong version) || version == 0xff
            || (version == 0 ? value.Length != Version0Length : value.Length > Version0Length && value[Version0Length] != '-')
            || !TryHex(value[3..19], out ulong high) || !TryHex(value[19..35], out ulong low)
            || !TryHex(value[36..52], out ulong span) || !TryHex(value[53..55], out ulong flags))
        {
            return default;
        }

        var context = new TraceContext(new TraceId(high, low), new SpanId(span), (flags & 1) != 0);
        return context.IsValid ? context : default;
    }

    /// <summary>Reads lower-case hexadecimal digits; upper case is malformed in a <c>traceparent</c>.</summary>
    private static bool TryHex(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            int nibble = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                _ => -1,
            };
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return true;
    }
}
