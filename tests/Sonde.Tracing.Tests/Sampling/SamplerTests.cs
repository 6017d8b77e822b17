using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Sampling;

namespace Sonde.Tracing.Tests.Sampling;

public sealed class SamplerTests
{
    private const ulong Random56 = (1UL << 56) - 1;

    [Theory]
    [InlineData(0)]
    [InlineData(0.001)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1)]
    public void A_ratio_keeps_its_share_of_random_traces(double ratio)
    {
        const int count = 1_000_000;
        var ids = new IdGenerator();
        Sampler sampler = Sampler.Ratio(ratio);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            kept += sampler.IsKept(ids.NextTrace(), null) ? 1 : 0;
        }

        // Six standard deviations of the binomial distribution; none at 0 and 1.
        Assert.InRange(kept - (count * ratio), -6 * Math.Sqrt(count * ratio * (1 - ratio)), 6 * Math.Sqrt(count * ratio * (1 - ratio)));
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.75)]
    public void The_threshold_is_exact_and_the_last_seven_bytes_alone_count(double ratio)
    {
        ulong threshold = (ulong)((1 - ratio) * (1UL << 56));
        Sampler sampler = Sampler.Ratio(ratio);
        foreach (ulong first in new[] { 0ul, 0xffUL << 56 })
        {
            Assert.True(sampler.IsKept(new TraceId(1, first | threshold), null));
            Assert.False(sampler.IsKept(new TraceId(1, first | (threshold - 1)), null));
            Assert.True(sampler.IsKept(new TraceId(ulong.MaxValue, first | Random56), null));
        }
    }

    [Fact]
    public void Who_samples_less_keeps_a_part_of_what_the_other_keeps()
    {
        var ids = new IdGenerator();
        Sampler few = Sampler.Ratio(0.2), many = Sampler.Ratio(0.3);
        for (int i = 0; i < 100_000; i++)
        {
            TraceId trace = ids.NextTrace();
            Assert.True(!few.IsKept(trace, null) || many.IsKept(trace, null));
        }
    }

    [Fact]
    public void Always_is_always_and_never_never()
    {
        foreach (TraceId trace in new[] { new TraceId(1, 0), new TraceId(1, Random56), new TraceId(1, ulong.MaxValue) })
        {
            Assert.True(Sampler.AlwaysOn.IsKept(trace, null));
            Assert.False(Sampler.AlwaysOff.IsKept(trace, null));
            Assert.True(Sampler.AlwaysOn.IsKept(trace, false));
            Assert.False(Sampler.AlwaysOff.IsKept(trace, true));
        }
    }

    [Fact]
    public void Parent_based_samplers_obey_the_parent_and_ask_the_root_where_there_is_none()
    {
        var trace = new TraceId(1, 5);
        Assert.True(Sampler.ParentBased(Sampler.AlwaysOff).IsKept(trace, true));
        Assert.False(Sampler.ParentBased(Sampler.AlwaysOn).IsKept(trace, false));
        Assert.True(Sampler.ParentBased(Sampler.AlwaysOn).IsKept(trace, null));
        Assert.False(Sampler.ParentBased(Sampler.AlwaysOff).IsKept(trace, null));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(2, true)]
    public void A_ratio_outside_its_range_is_the_nearest(double ratio, bool kept) =>
        Assert.Equal(kept, Sampler.Ratio(ratio).IsKept(new TraceId(1, 1), null));
}
