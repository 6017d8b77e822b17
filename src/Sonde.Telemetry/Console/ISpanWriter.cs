using Sonde.Telemetry.Export;

namespace Sonde.Telemetry.Console;

/// <summary>Shows spans on a stream that somebody reads, or ceases to read.</summary>
public interface ISpanWriter : ISpanExporter
{
    /// <summary>Spans that were not written because the stream's reader was slow, or gone.</summary>
    long Lost { get; }

    /// <summary>Completes with the reason when nothing can be written any more.</summary>
    Task<IOException> Closed { get; }
}
