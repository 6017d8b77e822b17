using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Export;

/// <summary>Takes finished spans. Called on the tracer's thread for every sampled span: it must neither block nor allocate.</summary>
public interface ISpanExporter : IAsyncDisposable
{
    /// <summary>What became of the spans; null when it keeps no account.</summary>
    ExportCounters? Counters => null;

    /// <summary>Takes what it needs of the span; the caller reuses the object as soon as the call returns.</summary>
    void Export(SpanData span);

    /// <summary>Sends everything that is pending, within the given time.</summary>
    Task FlushAsync(TimeSpan within);
}
