using Sonde.Probes.Metrics;
using Sonde.Telemetry.Metrics;

namespace Sonde.Probes.Tests.Metrics;

public sealed class ProbeFileReaderTests
{
    private const string Whole = """
        description: Calls, by what they are.
        enabled: false
        program: |
            BEGIN {
              @calls[1, "x"] = hist(5);
            }
        metrics:
          - map: "@calls"
            name: some.calls
            unit: s
            counted_in: us
            description: Calls.
            instrument: histogram
            range: [1, 1000]
            attributes:
              - key: kind
                values: { 1: first, 2: second }
              - { key: error.type, decoder: errno }
        """;

    [Fact]
    public void A_file_says_everything_about_a_probe()
    {
        ProbeFile probe = ProbeFileReader.Read("/etc/sonde/probes/some.calls.yaml", Whole);

        Assert.Equal(("some.calls", false, "Calls, by what they are."), (probe.Name, probe.IsEnabled, probe.Description));
        ProgramText program = Assert.Single(probe.Programs);
        Assert.StartsWith("BEGIN {\n  @calls", program.Text, StringComparison.Ordinal);
        MapMetric metric = Assert.Single(probe.Metrics);
        Assert.Equal(("@calls", "some.calls", "s", "us", InstrumentKind.Histogram), (metric.Map, metric.Name, metric.Unit, metric.CountedIn, metric.Instrument));
        Assert.Equal((1, 1000), metric.Range);
        Assert.Equal(["kind", "error.type"], metric.Attributes.Select(attribute => attribute.Key));
        Assert.Equal("second", metric.Attributes[0].Values["2"]);
        Assert.Equal("errno", metric.Attributes[1].Decoder);
    }

    [Fact]
    public void A_place_in_the_program_is_a_place_in_the_file()
    {
        ProgramText program = ProbeFileReader.Read("x.yaml", Whole).Programs[0];

        Assert.Equal((4, 5), program.Locate(0));
        Assert.Equal((5, 7), program.Locate(program.Text.IndexOf("@calls", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_program_on_one_line_has_its_place_too()
    {
        ProgramText program = ProbeFileReader.Read("x.yaml", Whole.Replace("program: |\n", "program: 'BEGIN { }'\n", StringComparison.Ordinal)
            .Replace("    BEGIN {\n      @calls[1, \"x\"] = hist(5);\n    }\n", "", StringComparison.Ordinal)).Programs[0];

        Assert.Equal((3, 12), program.Locate(1));
    }

    [Theory]
    [InlineData("unit: s", "unit: By", "x.yaml:8:5: 'us' cannot be told in 'By'")]
    [InlineData("instrument: histogram", "instrument: sum", "x.yaml:13:17: 'sum' is no instrument")]
    [InlineData("decoder: errno", "decoder: error", "x.yaml:18:37: there is no decoder 'error'; there are cgroup, device, errno")]
    [InlineData("range: [1, 1000]", "range: [1000, 1]", "x.yaml:14:12: 'range' is the least and the greatest")]
    [InlineData("enabled: false", "enabled: maybe", "x.yaml:2:10: 'enabled' must be true or false")]
    [InlineData("enabled: false", "enable: false", "x.yaml:2:1: a probe has no 'enable'; it has description, enabled")]
    [InlineData("enabled: false", "description: again", "x.yaml:2:1: 'description' stands here for the second time")]
    [InlineData("    name: some.calls\n", "", "x.yaml:8:5: 'name' is missing here")]
    [InlineData("map: \"@calls\"", "map: calls", "x.yaml:8:5: 'map' is a map of the program, such as '@calls'")]
    [InlineData("metrics:", "metrics: [", "x.yaml:")]
    public void What_is_wrong_is_told_with_its_place(string right, string wrong, string message)
    {
        string text = Whole.Replace(right, wrong, StringComparison.Ordinal);

        var exception = Assert.Throws<ProbeFileException>(() => ProbeFileReader.Read("x.yaml", text));

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("- 1")]
    [InlineData("description: x")]
    [InlineData("description: x\nprogram: 'BEGIN{}'")]
    [InlineData("program: {}\ndescription: x")]
    [InlineData("description: [")]
    [InlineData("description: x\n---\ndescription: y")]
    public void What_is_no_probe_is_told(string text) =>
        Assert.Matches(@"^x\.yaml:\d+:\d+: ", Assert.Throws<ProbeFileException>(() => ProbeFileReader.Read("x.yaml", text)).Message);
}
