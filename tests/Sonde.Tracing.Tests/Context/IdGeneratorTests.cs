using System.Numerics;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;

namespace Sonde.Tracing.Tests.Context;

public sealed class IdGeneratorTests
{
    [Fact]
    public void Ids_are_valid_and_do_not_repeat_even_between_generators()
    {
        var spans = new HashSet<SpanId>();
        var traces = new HashSet<TraceId>();
        for (int generator = 0; generator < 20; generator++)
        {
            var ids = new IdGenerator();
            for (int i = 0; i < 10_000; i++)
            {
                SpanId span = ids.NextSpan();
                TraceId trace = ids.NextTrace();
                Assert.True(span.IsValid && trace.IsValid);
                Assert.True(spans.Add(span) && traces.Add(trace));
            }
        }
    }

    [Fact]
    public void Every_bit_is_set_half_of_the_time()
    {
        const int count = 100_000;
        var ids = new IdGenerator();
        Span<int> set = stackalloc int[128];
        for (int i = 0; i < count; i++)
        {
            TraceId trace = ids.NextTrace();
            for (ulong bits = trace.High; bits != 0; bits &= bits - 1)
            {
                set[BitOperations.TrailingZeroCount(bits)]++;
            }

            for (ulong bits = trace.Low; bits != 0; bits &= bits - 1)
            {
                set[64 + BitOperations.TrailingZeroCount(bits)]++;
            }
        }

        foreach (int times in set)
        {
            // Seven standard deviations.
            Assert.InRange(times, (count / 2) - 1107, (count / 2) + 1107);
        }
    }

    [Fact]
    public void Making_ids_allocates_nothing()
    {
        var ids = new IdGenerator();
        _ = ids.NextTrace();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            _ = ids.NextTrace();
            _ = ids.NextSpan();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
