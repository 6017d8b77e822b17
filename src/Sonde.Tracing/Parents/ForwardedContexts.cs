using Sonde.Telemetry.Spans;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Parents;

/// <summary>
/// Proxies that know nothing of tracing pass the caller's <c>traceparent</c> on as it is. A call that carries the very span
/// id that an open request of the same process came in with was made for that request.
/// </summary>
internal sealed class ForwardedContexts
{
    private readonly Dictionary<(uint Process, SpanId Span), Request?> _open = [];

    /// <summary>A server's request with a trace context has begun. A second one with the same span id makes both ambiguous.</summary>
    public void Add(Request request)
    {
        if (request.IncomingSpan.IsValid)
        {
            (uint, SpanId) key = (request.Process!.Pid, request.IncomingSpan);
            _open[key] = _open.ContainsKey(key) ? null : request;
        }
    }

    /// <summary>The one open request of the process that came in with this span id.</summary>
    public Request? Find(uint process, SpanId span) => _open.GetValueOrDefault((process, span));

    /// <summary>The request is over.</summary>
    public void Remove(Request request)
    {
        if (request.IncomingSpan.IsValid)
        {
            _open.Remove((request.Process!.Pid, request.IncomingSpan));
        }
    }
}
