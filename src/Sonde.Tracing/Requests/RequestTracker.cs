using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Account;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Context;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Sampling;

namespace Sonde.Tracing.Requests;

/// <summary>
/// The life of a request, from its first byte to its finished span: which trace it is in, whose child it is, whether it is
/// kept. A span whose parent is only likely waits until that parent has begun its answer, and then has it, or has none.
/// </summary>
internal sealed class RequestTracker(Sampler sampler, MonotonicClock clock, IRequestSink sink, TracerCounters counters)
{
    /// <summary>Calls that one request may have waiting for its answer to begin; further ones get no parent.</summary>
    private const int MaxWaitingCalls = 2048;

    private readonly RequestPool _pool = new();
    private readonly IdGenerator _ids = new();
    private readonly ThreadContext _threads = new();
    private readonly StreamJoin _streams = new();
    private readonly ForwardedContexts _forwarded = new();
    private readonly ThreadCalls _calls = new();

    public ThreadContext Threads => _threads;

    /// <summary>Whether the kernel keeps account of time.</summary>
    public bool KeepsAccount { get; set; }

    public Request Begin(
        Connection connection, ulong time, uint thread, in TraceContext context, StreamKey stream, in Mark start = default, ulong connect = 0) =>
        Begin(connection.Process, connection.Role, time, thread, context, stream, start, connect);

    public Request Begin(
        ObservedProcess process, SpanKind role, ulong time, uint thread, in TraceContext context, StreamKey stream = default, in Mark start = default,
        ulong connect = 0)
    {
        Request request = _pool.Rent();
        request.Start = start;
        request.Connect = connect;
        request.Process = process;
        request.Resource = process.Resource;
        request.Kind = role;
        request.Began = time;
        request.StartTime = clock.ToUnix(time);
        request.SpanId = _ids.NextSpan();
        request.NamedTrace = context.TraceId;
        request.Stream = stream;
        bool isServer = request.Kind == SpanKind.Server;
        if (isServer)
        {
            PlaceServer(request, context);
        }
        else
        {
            PlaceClient(request, thread, context);
            _calls.Begin(request);
        }

        _streams.Add(request, isServer);
        return request;
    }

    public void Received(Request request, uint thread)
    {
        if (request.Kind == SpanKind.Server && !_threads.Received(request, thread))
        {
            Refuse(request);
        }
    }

    public void Answering(Request request, uint thread)
    {
        if (request.Kind == SpanKind.Server)
        {
            Judge(request, _threads.Answering(request, thread) ? ThreadVerdict.Confirmed : ThreadVerdict.Refused);
            _threads.Release(request);
        }
    }

    public void Complete(Request request, ulong time, Connection? connection = null, in Mark end = default)
    {
        request.EndTime = clock.ToUnix(Math.Max(time, request.Began));
        if (KeepsAccount)
        {
            Account(request, connection, end);
        }

        request.IsComplete = true;
        counters.Request();
        Leave(request);
        if (request.IsSettled)
        {
            Finish(request);
        }
    }

    public void Abandon(Request request)
    {
        counters.Abandon();
        Leave(request);
        Unlink(request);
        Orphan(request);
        _pool.Return(request);
    }

    private void Account(Request request, Connection? connection, in Mark end)
    {
        SpanAccount.Describe(request, end);
        if (connection is { Role: SpanKind.Client } && _threads.Current(request.Process!.Pid, request.Start.Tid) is { } working)
        {
            working.SlowestCall.Note(request.EndTime - request.StartTime, connection.ServerAddress, connection.ServerPort);
        }
    }

    private void PlaceServer(Request request, in TraceContext context)
    {
        request.IncomingSpan = context.SpanId;
        _forwarded.Add(request);
        Request? client = _streams.FindClient(request.Stream);
        if (client is not null && !(context.IsValid && client.Process!.Instrumented))
        {
            Follow(request, client, isCertain: true);
            return;
        }

        if (context.IsValid)
        {
            // Only a caller that is known to decide is obeyed; from elsewhere the flag may be nobody's decision.
            Settle(request, context.TraceId, context.SpanId, client is null ? null : context.Sampled);
            request.ParentIsRemote = true;
        }
        else
        {
            Settle(request, _ids.NextTrace(), default, null);
        }
    }

    private void PlaceClient(Request request, uint thread, in TraceContext context)
    {
        if (context.IsValid && request.Process!.Instrumented)
        {
            Settle(request, context.TraceId, context.SpanId, context.Sampled);
        }
        else if (context.IsValid && _forwarded.Find(request.Process!.Pid, context.SpanId) is { } forwarding)
        {
            Follow(request, forwarding, isCertain: true);
        }
        else if (_threads.Current(request.Process!.Pid, thread) is { } working && working.CallCount < MaxWaitingCalls
            && (!context.IsValid || context.TraceId == working.TraceId))
        {
            Follow(request, working, isCertain: false);
        }
        else
        {
            Settle(request, context.IsValid ? context.TraceId : _ids.NextTrace(), default, null);
        }

        if (_streams.FindServer(request.Stream) is { } server)
        {
            Adopt(server, request, context);
        }
    }

    /// <summary>The server's hook ran before its client's: the server's span was placed without knowing of this one.</summary>
    private void Adopt(Request server, Request client, in TraceContext context)
    {
        if (server.CallCount > 0 || server.Upstream is not null || server.IsComplete)
        {
            return;
        }

        bool isSampled = server.IsSampled;
        if (context.IsValid && client.Process!.Instrumented)
        {
            // The parent is in the headers already, and so is the decision of somebody who decides.
            server.IsSampled = isSampled && client.IsSampled;
            return;
        }

        server.IsSettled = false;
        server.ParentIsRemote = false;
        Follow(server, client, isCertain: true);
        // Its attributes were left out if it was not sampled; they can't be had again.
        server.IsSampled &= isSampled;
    }

    private void Follow(Request request, Request upstream, bool isCertain)
    {
        upstream.CallCount++;
        request.Upstream = upstream;
        request.IsUpstreamCertain = isCertain;
        request.TraceId = upstream.TraceId;
        request.IsSampled = upstream.IsSampled;
        request.NextCall = upstream.Calls;
        upstream.Calls = request;
        TrySettle(request);
        if (request.IsSettled)
        {
            Unlink(request);
        }
    }

    private void Settle(Request request, TraceId trace, SpanId parent, bool? parentDecision)
    {
        request.TraceId = trace;
        request.ParentSpanId = parent;
        request.IsSampled = sampler.IsKept(trace, parentDecision);
        request.IsSettled = true;
    }

    private void TrySettle(Request request)
    {
        Request? upstream = request.Upstream;
        if (request.IsSettled || upstream is null || !upstream.IsSettled)
        {
            return;
        }

        if (request.IsUpstreamCertain || upstream.Verdict == ThreadVerdict.Confirmed)
        {
            request.TraceId = upstream.TraceId;
            request.ParentSpanId = upstream.SpanId;
            request.IsSettled = true;
        }
        else if (upstream.Verdict == ThreadVerdict.Refused)
        {
            // As if it had not been seen: what the headers say is all that is known.
            request.TraceId = request.NamedTrace.IsValid ? request.NamedTrace : _ids.NextTrace();
            request.ParentSpanId = request.IncomingSpan;
            request.ParentIsRemote = request.IncomingSpan.IsValid;
            request.IsSettled = true;
        }
    }

    private void Refuse(Request request)
    {
        if (request.Verdict == ThreadVerdict.Pending)
        {
            Judge(request, ThreadVerdict.Refused);
        }
    }

    private void Judge(Request request, ThreadVerdict verdict)
    {
        request.Verdict = request.Verdict == ThreadVerdict.Refused ? ThreadVerdict.Refused : verdict;
        SettleCalls(request);
    }

    /// <summary>Settles what waits for this request, and whatever waits for that in turn.</summary>
    private void SettleCalls(Request request)
    {
        Request? call = request.Calls;
        request.Calls = null;
        while (call is not null)
        {
            Request? next = call.NextCall;
            call.NextCall = null;
            TrySettle(call);
            if (!call.IsSettled)
            {
                call.NextCall = request.Calls;
                request.Calls = call;
            }
            else
            {
                call.Upstream = null;
                SettleCalls(call);
                if (call.IsComplete)
                {
                    Finish(call);
                }
            }

            call = next;
        }
    }

    /// <summary>The request is over: nothing finds it any more, and what waited for its verdict has it.</summary>
    private void Leave(Request request)
    {
        bool isServer = request.Kind == SpanKind.Server;
        _streams.Remove(request, isServer);
        if (!isServer)
        {
            _calls.End(request);
        }
        else
        {
            _forwarded.Remove(request);
            _threads.Release(request);
            Refuse(request);
        }
    }

    /// <summary>No span will be made of this request: what waited to be its child is nobody's.</summary>
    private void Orphan(Request request)
    {
        for (Request? call = request.Calls; call is not null; call = call.NextCall)
        {
            call.IsUpstreamCertain = false;
        }

        request.IsSettled = true;
        request.Verdict = ThreadVerdict.Refused;
        SettleCalls(request);
    }

    private static void Unlink(Request request)
    {
        Request? upstream = request.Upstream;
        request.Upstream = null;
        if (upstream is null)
        {
            return;
        }

        Request? previous = null;
        for (Request? call = upstream.Calls; call is not null; previous = call, call = call.NextCall)
        {
            if (call != request)
            {
                continue;
            }

            if (previous is null)
            {
                upstream.Calls = call.NextCall;
            }
            else
            {
                previous.NextCall = call.NextCall;
            }

            call.NextCall = null;
            return;
        }
    }

    private void Finish(Request request)
    {
        sink.Finished(request);
        _pool.Return(request);
    }
}
