using Sonde.Telemetry.Spans;
using Sonde.Tracing.Requests;

namespace Sonde.Agent.Pipeline;

/// <summary>Takes requests and does nothing with them: the doctor's trial run.</summary>
internal sealed class NoOutput : IRequestSink
{
    public static readonly NoOutput Instance = new();

    public void Finished(SpanData span)
    {
    }
}
