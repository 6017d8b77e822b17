using System.Security.Cryptography;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Context;

/// <summary>Random trace and span ids: xoshiro256** seeded by the system, about a nanosecond each. Not thread-safe.</summary>
internal sealed class IdGenerator
{
    private ulong _s0 = Seed(), _s1 = Seed(), _s2 = Seed(), _s3 = Seed();

    public TraceId NextTrace() => new(NextNonZero(), NextNonZero());

    public SpanId NextSpan() => new(NextNonZero());

    private static ulong Seed()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes) | 1;
    }

    private ulong NextNonZero()
    {
        ulong value;
        do
        {
            value = Next();
        }
        while (value == 0);

        return value;
    }

    private ulong Next()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong shifted = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= shifted;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }
}
