using Sonde.Telemetry.Spans;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Parents;

/// <summary>
/// Proxies that know nothing of tracing pass the caller's <c>traceparent</c> on as it is. A call that carries the very span
/// id that an open request of the same process came in with was made for that request.
/// </summary>
internal sealed class ForwardedContexts
{
    private readonly Dictionary<(uint Process, SpanId Span), Incoming> _open = [];

    /// <summary>A server's request with a trace context has begun. A second one with the same span id makes it
    /// ambiguous until all of them are over.</summary>
    public void Add(Request request)
    {
        if (request.IncomingSpan.IsValid)
        {
            (uint, SpanId) key = (request.Process!.Pid, request.IncomingSpan);
            _open[key] = _open.TryGetValue(key, out Incoming others) ? new Incoming(null, others.Count + 1) : new Incoming(request, 1);
        }
    }

    /// <summary>The one open request of the process that came in with this span id.</summary>
    public Request? Find(uint process, SpanId span) => _open.GetValueOrDefault((process, span)).Only;

    /// <summary>The request is over.</summary>
    public void Remove(Request request)
    {
        (uint, SpanId) key = (request.Process!.Pid, request.IncomingSpan);
        if (!request.IncomingSpan.IsValid || !_open.TryGetValue(key, out Incoming incoming))
        {
            return;
        }

        if (incoming.Count > 1)
        {
            _open[key] = incoming with { Count = incoming.Count - 1 };
        }
        else
        {
            _open.Remove(key);
        }
    }

    /// <summary>The open requests that came in with one span id; <see cref="Only"/> is set while there was never another.</summary>
    private readonly record struct Incoming(Request? Only, int Count);
}
