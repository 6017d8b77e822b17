using Sonde.Telemetry.Console;

namespace Sonde.Telemetry.Export;

/// <summary>What exporters are opened with.</summary>
public sealed record ExportContext
{
    /// <summary>Looks an environment variable up: an exporter reads those of its own.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Takes lines for a person, from any thread.</summary>
    public required Action<string> Log { get; init; }

    /// <summary>Gets a sentence for each value that cannot be used; its default is used instead.</summary>
    public ICollection<string> Warnings { get; } = [];

    /// <summary>How standard output shows spans.</summary>
    public ConsoleOutput Console { get; init; } = new();
}
