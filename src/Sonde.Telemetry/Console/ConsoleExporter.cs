using Sonde.Telemetry.Export;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Console;

/// <summary>How standard output shows spans.</summary>
public sealed record ConsoleOutput
{
    /// <summary>Lines for a person; else JSON for programs.</summary>
    public bool HasLines { get; init; }

    /// <summary>Which spans are shown.</summary>
    public SpanFilter Filter { get; init; } = SpanFilter.All;

    /// <summary>How lines look.</summary>
    public ConsoleLayout Layout { get; init; } = new();
}

/// <summary>To standard output: what happens to spans that nobody asked to be sent anywhere.</summary>
public sealed class ConsoleExporter : ISpanExporterFactory
{
    /// <inheritdoc/>
    public string Name => "console";

    /// <inheritdoc/>
    public bool IsStandard(OtlpSignal signal, Func<string, string?> environment) => true;

    /// <inheritdoc/>
    public string Describe(Func<string, string?> environment) => "shown here";

    /// <inheritdoc/>
    /// <returns>An <see cref="ISpanWriter"/>.</returns>
    public ISpanExporter OpenSpans(ExportContext context)
    {
        ConsoleOutput output = context.Console;
        return output.HasLines
            ? new ConsoleSpanWriter(StandardOutput.Open(), output.Filter, output.Layout)
            : new JsonSpanWriter(StandardOutput.Open(), output.Filter);
    }
}
