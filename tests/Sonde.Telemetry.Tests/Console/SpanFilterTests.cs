using CsCheck;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Xunit;

namespace Sonde.Telemetry.Tests.Console;

public class SpanFilterTests
{
    [Theory]
    [InlineData("5xx", 503, true)]
    [InlineData("5XX", 500, true)]
    [InlineData("5xx", 404, false)]
    [InlineData("404", 404, true)]
    [InlineData("404", 400, false)]
    [InlineData("error", 500, true)]
    [InlineData("error", 404, false)]
    public void A_status_is_a_code_a_class_or_error(string pattern, int status, bool accepted) =>
        Assert.Equal(accepted, new SpanFilter { Statuses = [new(pattern)] }.Accepts(Sample.Server(status: status)));

    [Fact]
    public void One_of_several_statuses_is_enough()
    {
        var filter = new SpanFilter { Statuses = [new("404"), new("5xx")] };
        Assert.True(filter.Accepts(Sample.Server(status: 404)));
        Assert.True(filter.Accepts(Sample.Server(status: 502)));
        Assert.False(filter.Accepts(Sample.Server(status: 200)));
    }

    [Theory]
    [InlineData(10.0, true)]
    [InlineData(9.999, false)]
    public void A_duration_is_a_lower_limit(double milliseconds, bool accepted) =>
        Assert.Equal(accepted, new SpanFilter { MinDuration = TimeSpan.FromMilliseconds(10) }.Accepts(Sample.Server(milliseconds: milliseconds)));

    [Fact]
    public void All_that_is_given_must_fit()
    {
        var filter = new SpanFilter { Service = new Glob("sh*"), Name = new Glob("GET *") };
        Assert.True(filter.Accepts(Sample.Server()));
        Assert.False(filter.Accepts(Sample.Server(name: "POST /items")));
        SpanData other = Sample.Server(resource: new Resource([new("service.name", "bank")]));
        Assert.False(filter.Accepts(other));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("*", "", true)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b-d", false)]
    [InlineData("?", "ü", true)]
    [InlineData("?", "ab", false)]
    [InlineData("GET /users/*", "GET /users/{id}", true)]
    [InlineData("get /users/*", "GET /users/{id}", false)]
    public void A_glob_matches_the_whole_text(string pattern, string text, bool matches) =>
        Assert.Equal(matches, new Glob(pattern).Matches(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_text_with_pieces_replaced_by_stars_matches_it() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 20], Gen.Int[0, 20], Gen.Int[0, 20]).Sample((text, a, b) =>
        {
            int from = Math.Min(Math.Min(a, b), text.Length);
            int to = Math.Min(Math.Max(a, b), text.Length);
            return new Glob($"*{text[..from]}*{text[to..]}").Matches(System.Text.Encoding.UTF8.GetBytes(text));
        });
}
