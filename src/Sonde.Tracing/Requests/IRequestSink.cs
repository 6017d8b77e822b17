using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Requests;

/// <summary>Takes every finished request, sampled or not, on the tracer's thread.</summary>
public interface IRequestSink
{
    /// <summary>Takes what it needs of the span; the object is reused as soon as the call returns.</summary>
    void Finished(SpanData span);
}
