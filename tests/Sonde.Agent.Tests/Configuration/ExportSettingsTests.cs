using Sonde.Agent.Configuration;
using Sonde.Telemetry.Export;
using Xunit;

namespace Sonde.Agent.Tests.Configuration;

public sealed class ExportSettingsTests
{
    [Theory]
    [InlineData("prometheus", "prometheus")]
    [InlineData("otlp,prometheus", "otlp", "prometheus")]
    [InlineData("none")]
    [InlineData("")]
    public void Metrics_go_where_the_variable_says(string value, params string[] expected)
    {
        var warnings = new List<string>();

        ExportSettings settings = ExportSettings.Read(name => name == "OTEL_METRICS_EXPORTER" ? value : null, warnings);

        Assert.Equal(expected, settings.Metrics.Select(exporter => exporter.Name));
        Assert.Empty(warnings);
    }

    [Fact]
    public void Every_exporter_of_the_catalog_can_be_named_for_what_it_takes()
    {
        var warnings = new List<string>();
        foreach (IExporter exporter in ExporterCatalog.All)
        {
            ExportSettings settings = ExportSettings.Read(name => name.EndsWith("_EXPORTER", StringComparison.Ordinal) ? exporter.Name : null, warnings);

            Assert.True(exporter is not ISpanExporterFactory || settings.Traces.SequenceEqual([(ISpanExporterFactory)exporter]), exporter.Name);
            Assert.True(exporter is not IMetricReaderFactory || settings.Metrics.SequenceEqual([(IMetricReaderFactory)exporter]), exporter.Name);
        }

        // The console takes no metrics, Prometheus no spans.
        Assert.Equal(2, warnings.Count);
        Assert.Equal(ExporterCatalog.All.Count, ExporterCatalog.All.Select(exporter => exporter.Name).Distinct().Count());
    }

    [Fact]
    public void Spans_do_not_go_to_Prometheus()
    {
        var warnings = new List<string>();

        ExportSettings settings = ExportSettings.Read(name => name == "OTEL_TRACES_EXPORTER" ? "prometheus" : null, warnings);

        Assert.Equal("console", Assert.Single(settings.Traces).Name);
        Assert.Equal("OTEL_TRACES_EXPORTER=prometheus is passed over: it can be otlp, console or none", Assert.Single(warnings));
    }
}
