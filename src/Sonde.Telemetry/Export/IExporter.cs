using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Export;

/// <summary>
/// A way out for telemetry: a folder of this project and a line in <see cref="ExporterCatalog"/>. That it takes spans it says by being an
/// <see cref="ISpanExporterFactory"/>, that it takes metrics by being an <see cref="IMetricReaderFactory"/>.
/// </summary>
public interface IExporter
{
    /// <summary>Its name in <c>OTEL_TRACES_EXPORTER</c> and <c>OTEL_METRICS_EXPORTER</c>.</summary>
    string Name { get; }

    /// <summary>Whether it is taken where these variables name none; the first of the catalog that says so is.</summary>
    /// <param name="signal">What would be exported.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    bool IsStandard(OtlpSignal signal, Func<string, string?> environment);
}

/// <summary>An exporter that takes spans.</summary>
public interface ISpanExporterFactory : IExporter
{
    /// <summary>Begins to take spans.</summary>
    /// <exception cref="ExportException">It cannot, with these settings.</exception>
    ISpanExporter OpenSpans(ExportContext context);

    /// <summary>Where spans go, behind "spans are": "shown here".</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    string Describe(Func<string, string?> environment);
}

/// <summary>An exporter that takes metrics.</summary>
public interface IMetricReaderFactory : IExporter
{
    /// <summary>Begins to read metrics: at regular times, or when somebody asks.</summary>
    /// <param name="source">What is read; nobody else may.</param>
    /// <param name="context">The settings.</param>
    /// <exception cref="ExportException">It cannot, with these settings.</exception>
    IMetricReader OpenMetrics(IMetricSource source, ExportContext context);
}

/// <summary>An exporter cannot be opened with its settings; the message says what to do.</summary>
public class ExportException(string message, Exception inner) : Exception(message, inner);
