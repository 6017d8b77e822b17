using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Context;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Sampling;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Parents;

/// <summary>Plays requests to a <see cref="RequestTracker"/> as connections would.</summary>
internal sealed class Traffic(Sampler? sampler = null)
{
    private readonly Dictionary<(uint Pid, Role Role), Connection> _connections = [];
    private ulong _now = 1_000_000_000;
    private ulong _cookie;

    public FakeHost Host { get; } = new(sampler: sampler);

    public RequestTracker Tracker => Host.Requests;

    public FakeProcesses Processes => Host.Processes;

    public List<FinishedSpan> Spans => Host.Spans;

    public ObservedProcess Process(uint pid) => Host.Processes.Find(pid);

    public Request Serve(uint pid, uint thread, TraceContext context = default, StreamKey stream = default) =>
        Tracker.Begin(Connection(pid, Role.Server), _now += 1000, thread, context, stream);

    public Request Call(uint pid, uint thread, TraceContext context = default, StreamKey stream = default) =>
        Tracker.Begin(Connection(pid, Role.Client), _now += 1000, thread, context, stream);

    /// <summary>A request that a thread has read to the end.</summary>
    public Request ServeOn(uint pid, uint thread, TraceContext context = default, StreamKey stream = default)
    {
        Request request = Serve(pid, thread, context, stream);
        Tracker.Received(request, thread);
        return request;
    }

    public FinishedSpan End(Request request)
    {
        SpanId id = request.SpanId;
        Tracker.Complete(request, _now += 1000);
        return Find(id) ?? throw new InvalidOperationException("It waits for another request to be settled.");
    }

    /// <summary>Ends a request that may have to wait for another.</summary>
    public void EndLater(Request request) => Tracker.Complete(request, _now += 1000);

    public FinishedSpan? Find(SpanId id) => Spans.SingleOrDefault(span => span.Id == id);

    private Connection Connection(uint pid, Role role)
    {
        if (!_connections.TryGetValue((pid, role), out Connection? connection))
        {
            connection = new Connection();
            connection.Begin(Host, new Records(++_cookie, role) { Pid = pid }.Ends);
            _connections.Add((pid, role), connection);
        }

        return connection;
    }
}
