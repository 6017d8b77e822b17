using System.Text;
using Sonde.Agent.Top;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Xunit;

namespace Sonde.Agent.Tests.Top;

public class ServiceTableTests
{
    private static readonly Resource Shop = new([new("service.name", "shop")]);
    private readonly ManualClock _clock = new();

    [Fact]
    public void Figures_are_those_of_the_last_windows()
    {
        var table = new ServiceTable(_clock);
        for (int i = 1; i <= 1000; i++)
        {
            table.Export(Span("GET /", milliseconds: i, failed: i % 10 == 0));
        }

        _clock.Advance(TimeSpan.FromSeconds(4));
        ServiceFigures service = Assert.Single(table.Read());
        Assert.Equal(("shop", SpanKind.Server), (service.Name, service.Kind));
        Assert.Equal(250, service.Figures.Rate, 0.01);
        Assert.Equal(0.1, service.Figures.ErrorShare, 0.0001);
        Assert.InRange(service.Figures.Median, 470_000_000UL, 530_000_000UL);
        Assert.InRange(service.Figures.P99, 960_000_000UL, 1_000_000_000UL);
        Assert.Equal(new SlowRequest(1_000_000_000, new TraceId(7, 1000), "GET /"), service.Figures.Slowest);

        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(125, Assert.Single(table.Read()).Figures.Rate, 0.01);
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(0, Assert.Single(table.Read()).Figures.Rate);
        _clock.Advance(TimeSpan.FromSeconds(90));
        for (int i = 0; i < 13; i++)
        {
            table.Read();
            _clock.Advance(ServiceTable.WindowLength);
        }

        Assert.Empty(table.Read());
    }

    [Fact]
    public void Roles_and_names_are_told_apart()
    {
        var table = new ServiceTable(_clock);
        table.Export(Span("GET /a", 1));
        table.Export(Span("GET /b", 1));
        table.Export(Span("GET", 1, kind: SpanKind.Client));
        table.Export(Span("lock", 1, kind: SpanKind.Internal));
        IReadOnlyList<ServiceFigures> services = table.Read();
        Assert.Equal([SpanKind.Server, SpanKind.Client], services.Select(service => service.Kind));
        Assert.Equal(["GET /a", "GET /b"], services[0].Names.Select(name => name.Name));
    }

    [Fact]
    public void Rows_are_limited_and_nothing_is_lost()
    {
        var table = new ServiceTable(_clock);
        for (int service = 0; service < 1000; service++)
        {
            var resource = new Resource([new("service.name", $"service-{service}")]);
            for (int name = 0; name < 100; name++)
            {
                table.Export(Span($"GET /{name}", 1, resource: resource));
            }
        }

        _clock.Advance(TimeSpan.FromSeconds(1));
        IReadOnlyList<ServiceFigures> services = table.Read();
        Assert.InRange(services.Count, 2, 300);
        Assert.InRange(services.Sum(service => service.Names.Count), 2, 1400);
        Assert.Equal(100_000, services.Sum(service => service.Figures.Rate), 1);
        Assert.Equal(100_000, services.Sum(service => service.Names.Sum(name => name.Figures.Rate)), 1);
    }

    [Fact]
    public void Counting_does_not_allocate()
    {
        var table = new ServiceTable(_clock);
        SpanData span = Span("GET /", 1);
        table.Export(span);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            table.Export(span);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }

    [Fact]
    public void The_report_is_a_table()
    {
        var table = new ServiceTable(_clock);
        table.Export(Span("GET /a", 12.5));
        table.Export(Span("GET /b", 1300, failed: true));
        _clock.Advance(TimeSpan.FromSeconds(2));
        var view = new TopView(new Palette(colour: false));
        view.Update(table.Read());
        Assert.Equal(
            """
             1 service   1.0/s served   0.0/s called   50 % failing

                SERVICE         RATE/S  ERRORS      P50      P99      MAX  SLOWEST REQUEST             TRACE
              ← shop               1.0    50 %  12.3 ms  1.30 s   1.30 s   GET /b                      00000000
                  GET /a           0.5       –  12.3 ms  12.3 ms  12.5 ms                              00000000
                  GET /b           0.5   100 %  1.30 s   1.30 s   1.30 s                               00000000

            """,
            Encoding.UTF8.GetString(view.Report(columns: 100)));
    }

    [Fact]
    public void Keys_select_open_sort_and_end()
    {
        var table = new ServiceTable(_clock);
        table.Export(Span("GET /a", 1));
        table.Export(Span("GET /b", 1, resource: new Resource([new("service.name", "bank")])));
        var view = new TopView(new Palette(colour: false));
        view.Update(table.Read());
        Assert.Contains("▸ ← bank", Screen(view), StringComparison.Ordinal);
        Assert.True(view.Press(ConsoleKey.DownArrow));
        Assert.Contains("▸ ← shop", Screen(view), StringComparison.Ordinal);
        Assert.DoesNotContain("      GET /a", Screen(view), StringComparison.Ordinal);
        Assert.True(view.Press(ConsoleKey.RightArrow));
        Assert.Contains("      GET /a", Screen(view), StringComparison.Ordinal);
        Assert.True(view.Press(ConsoleKey.S));
        Assert.False(view.Press(ConsoleKey.Q));
    }

    private static string Screen(TopView view) => Encoding.UTF8.GetString(view.Screen(100, 24));

    private static SpanData Span(string name, double milliseconds, bool failed = false, SpanKind kind = SpanKind.Server, Resource? resource = null)
    {
        var span = new SpanData
        {
            TraceId = new TraceId(7, (ulong)milliseconds),
            Kind = kind,
            StartTime = 1_000_000,
            EndTime = 1_000_000 + (ulong)(milliseconds * 1e6),
            Status = failed ? SpanStatus.Error : SpanStatus.Unset,
            Resource = resource ?? Shop,
        };
        span.SetName(Encoding.UTF8.GetBytes(name));
        return span;
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
