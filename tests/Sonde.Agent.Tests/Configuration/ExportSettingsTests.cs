using Sonde.Agent.Configuration;
using Xunit;

namespace Sonde.Agent.Tests.Configuration;

public sealed class ExportSettingsTests
{
    [Theory]
    [InlineData("prometheus", Exporters.Prometheus)]
    [InlineData("otlp,prometheus", Exporters.Otlp | Exporters.Prometheus)]
    [InlineData("none", Exporters.None)]
    [InlineData("", Exporters.None)]
    internal void Metrics_go_where_the_variable_says(string value, Exporters expected)
    {
        var warnings = new List<string>();

        ExportSettings settings = ExportSettings.Read(name => name == "OTEL_METRICS_EXPORTER" ? value : null, warnings);

        Assert.Equal(expected, settings.Metrics);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Spans_do_not_go_to_Prometheus()
    {
        var warnings = new List<string>();

        ExportSettings settings = ExportSettings.Read(name => name == "OTEL_TRACES_EXPORTER" ? "prometheus" : null, warnings);

        Assert.Equal(Exporters.Console, settings.Traces);
        Assert.Equal("OTEL_TRACES_EXPORTER=prometheus is passed over: it can be otlp, console or none", Assert.Single(warnings));
    }
}
