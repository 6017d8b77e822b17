using System.Globalization;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Xunit;

namespace Sonde.Telemetry.Tests.Console;

public class ConsoleSpanWriterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Columns_are_aligned() => Assert.Equal(
        """
        22:13:20.000  shop          ← GET /items/{id}                    200  12.3 ms  10.0.0.7         4bf92f35
        22:13:20.000  shop          ← POST /orders                       503  1.20 s   10.0.0.7         4bf92f35
        22:13:20.000  größenwahn    ← GET /日本語/{id}                   404   850 µs  10.0.0.7         4bf92f35

        """,
        await WriteAsync(
            columns: 105,
            Sample.Server(),
            Sample.Server("POST /orders", 503, 1200),
            Sample.Server("GET /日本語/{id}", 404, 0.85, new Resource([new("service.name", "größenwahn")]))));

    [Fact]
    public async Task A_call_stands_below_the_request_that_made_it() => Assert.Equal(
        """
        22:13:20.000  shop          ← GET /items/{id}                     200  12.3 ms  10.0.0.7         4bf92f35
        22:13:20.000                └ → GET /stock/17                     200  3.21 ms  stock:8080

        """,
        await WriteAsync(columns: 106, Sample.Client(), Sample.Server()));

    [Fact]
    public async Task A_call_whose_request_does_not_end_is_shown_alone() =>
        Assert.Contains("  → GET /stock/17", await WriteAsync(columns: 100, Sample.Client()), StringComparison.Ordinal);

    [Fact]
    public async Task A_reason_that_the_status_does_not_tell_is_shown()
    {
        SpanData span = Sample.Span(SpanKind.Client, "GET", 30_000, null);
        span.Status = SpanStatus.Error;
        span.Set(SemanticAttributes.ErrorType, "timeout"u8);
        Assert.Contains("→ GET timeout ", await WriteAsync(columns: 100, span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(66)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(200)]
    public async Task No_line_is_wider_than_the_terminal(int columns)
    {
        SpanData client = Sample.Client("GET /" + new string('x', 200));
        client.Set(SemanticAttributes.ServerAddress, "a.very.long.name.of.a.server.example.com"u8);
        string text = await WriteAsync(columns, client, Sample.Server("GET /日本語日本語日本語日本語日本語日本語日本語日本語日本語"), Sample.Server("GET /short"));
        Assert.All(text.Split('\n'), line => Assert.InRange(DisplayText.Width(Encoding.UTF8.GetBytes(line)), 0, Math.Max(columns, 50)));
    }

    [Fact]
    public async Task Colours_tell_service_status_and_slowness() => Assert.Equal(
        """
        ␛[2m22:13:20.000␛[0m  ␛[38;5;170mshop␛[0m          ␛[2m←␛[0m GET /items/{id}            ␛[31m503␛[0m  ␛[33m 300 ms␛[0m  ␛[2m4bf92f35␛[0m

        """,
        (await WriteAsync(columns: 80, colour: true, Sample.Server(status: 503, milliseconds: 300))).Replace('\e', '␛'));

    [Fact]
    public async Task What_cannot_be_read_is_counted()
    {
        SpanData[] spans = [.. Enumerable.Repeat(Sample.Server(), 5000)];
        string[] lines = (await WriteAsync(columns: 100, spans)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 200, 1000);
        int[] hidden =
        [
            .. lines.Where(line => line.Contains("not shown", StringComparison.Ordinal))
                .Select(line => int.Parse(line.Trim().Split(' ')[1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture)),
        ];
        Assert.NotEmpty(hidden);
        Assert.Equal(spans.Length, lines.Length - hidden.Length + hidden.Sum());
    }

    private static Task<string> WriteAsync(int columns, params SpanData[] spans) => WriteAsync(columns, colour: false, spans);

    private static async Task<string> WriteAsync(int columns, bool colour, params SpanData[] spans)
    {
        var stream = new MemoryStream();
        var layout = new ConsoleLayout { Colour = colour, Columns = () => columns, TimeZone = TimeZoneInfo.Utc };
        await using (var writer = new ConsoleSpanWriter(stream, SpanFilter.All, layout))
        {
            foreach (SpanData span in spans)
            {
                writer.Export(span);
            }

            await writer.FlushAsync(Patience);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
