using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

public sealed class TimerAndCounterTests : IDisposable
{
    private readonly MachineAttachPoints _points = new();

    public void Dispose() => _points.Dispose();

    [Theory]
    [InlineData("profile:hz:99", 99, true)]
    [InlineData("p:ms:10", 10_000_000, false)]
    [InlineData("profile:us:250", 250_000, false)]
    [InlineData("profile:99hz", 99, true)]
    public void Profiles_have_a_period_or_a_frequency(string pattern, long period, bool isFrequency)
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of(pattern)));
        ProfileTarget target = Assert.IsType<ProfileTarget>(point.Target);
        Assert.Equal((period, isFrequency), (target.Period, target.IsFrequency));
        Assert.NotNull(point.Event.Register(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "ip" : "pc", SourceSpan.None));
        Assert.Null(point.Event.Argument(0, SourceSpan.None));
    }

    [Theory]
    [InlineData("interval:s:2", 2_000)]
    [InlineData("i:hz:4", 250)]
    [InlineData("interval:500ms", 500)]
    public void Intervals_have_a_period(string pattern, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), ((IntervalTarget)Assert.Single(_points.Find(Pattern.Of(pattern))).Target).Period);

    [Theory]
    [InlineData("software:page-faults:1", false, 2, 1)]
    [InlineData("s:faults:", false, 2, 100)]
    [InlineData("software:cs", false, 3, 1000)]
    [InlineData("h:cache-misses:5000", true, 3, 5000)]
    [InlineData("hardware:cycles:", true, 0, 1_000_000)]
    public void Events_of_perf_have_a_number_and_a_count(string pattern, bool isHardware, long config, long count)
    {
        PerfEventTarget target = Assert.IsType<PerfEventTarget>(Assert.Single(_points.Find(Pattern.Of(pattern))).Target);
        Assert.Equal((isHardware, config, count), (target.IsHardware, target.Config, target.Count));
    }

    [Fact]
    public void Begin_and_end_stand_alone()
    {
        Assert.Equal(new OnceTarget("BEGIN", false), Assert.Single(_points.Find(Pattern.Of("BEGIN"))).Target);
        Assert.Equal(new OnceTarget("END", true), Assert.Single(_points.Find(Pattern.Of("END"))).Target);
    }

    [Theory]
    [InlineData("profile:hz:0")]
    [InlineData("profile:min:1")]
    [InlineData("profile:hz")]
    [InlineData("interval:s:99999999999999")]
    [InlineData("software:fauls:1", "Did you mean software:faults:")]
    [InlineData("software:faults:x", "is no count")]
    [InlineData("BEGIN:now", "stands alone")]
    [InlineData("watch:x", "There are BEGIN")]
    public void What_is_not_understood_is_refused(string pattern, string message = "is written") =>
        Assert.Contains(message, Assert.Throws<ProbeException>(() => _points.Find(Pattern.Of(pattern))).Message, StringComparison.Ordinal);
}
