using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Sampling;
using Sonde.Tracing.Tests.Connections;
using Sonde.Tracing.Tests.Parents;

namespace Sonde.Tracing.Tests.Requests;

/// <summary>Whose child a request is, which trace it is in, and that it never gets lost.</summary>
public sealed class RequestTrackerTests
{
    private const uint Frontend = 10, Backend = 20;

    private static readonly TraceContext s_context = new(new TraceId(1, 0xabcd_ef01_2345_6789), new SpanId(0x77), Sampled: true);
    private static readonly StreamKey s_stream = new(0, 0x0100_007f_ffff_0000, 50_000, 1000);

    private readonly Traffic _traffic = new();

    private RequestTracker Tracker => _traffic.Tracker;

    private static void AssertChild(FinishedSpan child, FinishedSpan parent) =>
        Assert.Equal((parent.Trace, parent.Id, false), (child.Trace, child.Parent, child.ParentIsRemote));

    private static void AssertRoot(FinishedSpan span)
    {
        Assert.True(span.Trace.IsValid);
        Assert.Equal((default, false), (span.Parent, span.ParentIsRemote));
    }

    [Fact]
    public void A_call_is_the_requests_once_its_thread_has_answered()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1);
        _traffic.EndLater(call);
        Assert.Empty(_traffic.Spans);
        Tracker.Answering(served, 1);

        FinishedSpan child = Assert.Single(_traffic.Spans);
        AssertChild(child, _traffic.End(served));
    }

    [Fact]
    public void A_call_that_outlives_the_answer_is_the_requests_too()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1);
        Tracker.Answering(served, 1);
        FinishedSpan parent = _traffic.End(served);
        AssertChild(_traffic.End(call), parent);
    }

    [Fact]
    public void A_call_made_after_the_answer_began_has_no_parent()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Tracker.Answering(served, 1);
        Request call = _traffic.Call(Frontend, 1);
        FinishedSpan parent = _traffic.End(served);
        FinishedSpan child = _traffic.End(call);
        AssertRoot(child);
        Assert.NotEqual(parent.Trace, child.Trace);
    }

    [Fact]
    public void A_call_on_another_thread_or_of_another_process_has_no_parent()
    {
        _ = _traffic.ServeOn(Frontend, 1);
        AssertRoot(_traffic.End(_traffic.Call(Frontend, 2)));
        AssertRoot(_traffic.End(_traffic.Call(Backend, 1)));
    }

    [Fact]
    public void An_answer_on_another_thread_refuses_the_calls()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1);
        Tracker.Answering(served, 2);
        FinishedSpan parent = _traffic.End(served);
        FinishedSpan child = _traffic.End(call);
        AssertRoot(child);
        Assert.NotEqual(parent.Trace, child.Trace);
        Assert.True(_traffic.Process(Frontend).HopsThreads);
    }

    [Fact]
    public void A_second_request_on_a_busy_thread_refuses_the_calls_of_both()
    {
        Request first = _traffic.ServeOn(Frontend, 1);
        Request early = _traffic.Call(Frontend, 1);
        Request second = _traffic.ServeOn(Frontend, 1);
        Request late = _traffic.Call(Frontend, 1);
        Tracker.Answering(second, 1);
        Tracker.Answering(first, 1);
        _ = _traffic.End(first);
        _ = _traffic.End(second);
        AssertRoot(_traffic.End(early));
        AssertRoot(_traffic.End(late));
    }

    [Fact]
    public void A_request_without_an_answer_gives_no_parent()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1);
        _traffic.EndLater(call);
        _ = _traffic.End(served);
        AssertRoot(_traffic.Spans.Single(span => span.Kind == SpanKind.Client));
    }

    [Fact]
    public void A_server_joins_the_client_that_came_before_it()
    {
        Request call = _traffic.Call(Frontend, 1, stream: s_stream);
        Request served = _traffic.Serve(Backend, 5, stream: s_stream);
        FinishedSpan child = _traffic.End(served);
        AssertChild(child, _traffic.End(call));
    }

    [Fact]
    public void A_server_that_came_first_is_adopted_by_its_client()
    {
        Request served = _traffic.Serve(Backend, 5, stream: s_stream);
        Request call = _traffic.Call(Frontend, 1, stream: s_stream);
        FinishedSpan child = _traffic.End(served);
        AssertChild(child, _traffic.End(call));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_chain_is_settled_from_its_top_in_either_order_of_the_join(bool clientFirst)
    {
        Request top = _traffic.ServeOn(Frontend, 1);
        Request call, served;
        if (clientFirst)
        {
            call = _traffic.Call(Frontend, 1, stream: s_stream);
            served = _traffic.ServeOn(Backend, 5, stream: s_stream);
        }
        else
        {
            served = _traffic.ServeOn(Backend, 5, stream: s_stream);
            call = _traffic.Call(Frontend, 1, stream: s_stream);
        }

        Request onward = _traffic.Call(Backend, 5);
        _traffic.EndLater(onward);
        Tracker.Answering(served, 5);
        _traffic.EndLater(served);
        _traffic.EndLater(call);
        Assert.Empty(_traffic.Spans);
        (SpanId callId, SpanId servedId, SpanId onwardId) = (call.SpanId, served.SpanId, onward.SpanId);

        Tracker.Answering(top, 1);
        Assert.Equal(3, _traffic.Spans.Count);
        FinishedSpan root = _traffic.End(top);
        AssertChild(_traffic.Find(callId)!, root);
        AssertChild(_traffic.Find(servedId)!, _traffic.Find(callId)!);
        AssertChild(_traffic.Find(onwardId)!, _traffic.Find(servedId)!);
    }

    [Fact]
    public void A_chain_whose_top_is_refused_keeps_together_below()
    {
        Request top = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1, stream: s_stream);
        Request served = _traffic.ServeOn(Backend, 5, stream: s_stream);
        Request onward = _traffic.Call(Backend, 5);
        Tracker.Answering(served, 5);
        Tracker.Answering(top, 2);
        FinishedSpan first = _traffic.End(onward), second = _traffic.End(served), third = _traffic.End(call), root = _traffic.End(top);
        AssertRoot(third);
        Assert.NotEqual(root.Trace, third.Trace);
        AssertChild(second, third);
        AssertChild(first, second);
    }

    [Fact]
    public void A_context_is_the_parent_where_the_caller_is_not_seen()
    {
        FinishedSpan span = _traffic.End(_traffic.Serve(Backend, 5, s_context));
        Assert.Equal((s_context.TraceId, s_context.SpanId, true), (span.Trace, span.Parent, span.ParentIsRemote));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_uninstrumented_caller_that_is_seen_is_the_parent_whatever_the_context_says(bool clientFirst)
    {
        (FinishedSpan call, FinishedSpan served) = Exchange(s_context, clientFirst);
        Assert.Equal((s_context.TraceId, default, false), (call.Trace, call.Parent, call.ParentIsRemote));
        AssertChild(served, call);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void An_instrumented_callers_own_span_is_the_parent_of_both_and_its_decision_theirs(bool clientFirst, bool isSampled)
    {
        _traffic.Processes.Add(Frontend, instrumented: true);
        (FinishedSpan call, FinishedSpan served) = Exchange(s_context with { Sampled = isSampled }, clientFirst);
        foreach (FinishedSpan span in new[] { call, served })
        {
            Assert.Equal((s_context.TraceId, s_context.SpanId, isSampled), (span.Trace, span.Parent, span.IsSampled));
        }
    }

    [Fact]
    public void A_flag_that_may_be_nobodys_decision_is_not_obeyed() =>
        Assert.True(_traffic.End(_traffic.Serve(Backend, 5, s_context with { Sampled = false })).IsSampled);

    [Fact]
    public void A_forwarded_context_names_the_parent_for_certain()
    {
        Request served = _traffic.Serve(Frontend, 1, s_context);
        Request call = _traffic.Call(Frontend, 9, s_context);
        FinishedSpan child = _traffic.End(call);
        AssertChild(child, _traffic.End(served));
    }

    [Fact]
    public void A_context_that_two_open_requests_came_with_names_no_parent()
    {
        Request first = _traffic.Serve(Frontend, 1, s_context);
        _ = _traffic.Serve(Frontend, 2, s_context);
        FinishedSpan call = _traffic.End(_traffic.Call(Frontend, 9, s_context));
        Assert.Equal((s_context.TraceId, default), (call.Trace, call.Parent));

        // Nor while one of the two is still open.
        _ = _traffic.End(first);
        _ = _traffic.Serve(Frontend, 3, s_context);
        call = _traffic.End(_traffic.Call(Frontend, 9, s_context));
        Assert.Equal((s_context.TraceId, default), (call.Trace, call.Parent));
    }

    [Fact]
    public void A_call_with_the_traces_context_stays_in_the_trace_when_its_thread_is_refused()
    {
        Request served = _traffic.ServeOn(Frontend, 1, s_context);
        Request call = _traffic.Call(Frontend, 1, s_context with { SpanId = new SpanId(0x99) });
        Tracker.Answering(served, 2);
        _ = _traffic.End(served);
        FinishedSpan span = _traffic.End(call);
        Assert.Equal((s_context.TraceId, default), (span.Trace, span.Parent));
    }

    [Fact]
    public void Children_inherit_the_decision()
    {
        var traffic = new Traffic(Sampler.AlwaysOff);
        Request top = traffic.ServeOn(Frontend, 1);
        Request call = traffic.Call(Frontend, 1, stream: s_stream);
        Request served = traffic.Serve(Backend, 5, stream: s_stream);
        traffic.Tracker.Answering(top, 1);
        Assert.False(traffic.End(served).IsSampled);
        Assert.False(traffic.End(call).IsSampled);
        Assert.False(traffic.End(top).IsSampled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_request_that_is_abandoned_leaves_its_children_without_a_parent(bool certain)
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request call = _traffic.Call(Frontend, 1, stream: s_stream);
        Request joined = _traffic.Serve(Backend, 5, stream: s_stream);
        Tracker.Abandon(certain ? call : served);
        if (certain)
        {
            Tracker.Answering(served, 1);
            _ = _traffic.End(served);
            AssertRoot(_traffic.End(joined));
            Assert.Equal(2, _traffic.Spans.Count);
        }
        else
        {
            FinishedSpan parent = _traffic.End(call);
            AssertRoot(parent);
            AssertChild(_traffic.End(joined), parent);
        }

        Assert.Equal(1L, _traffic.Host.Counters.Abandoned);
    }

    [Fact]
    public void A_server_that_was_adopted_and_orphaned_keeps_no_parent_of_another_trace()
    {
        Request top = _traffic.ServeOn(Frontend, 1);
        Request served = _traffic.Serve(Backend, 5, s_context, s_stream);
        Request call = _traffic.Call(Frontend, 1, stream: s_stream);
        Tracker.Abandon(call);
        Tracker.Answering(top, 1);
        _ = _traffic.End(top);
        FinishedSpan span = _traffic.End(served);
        Assert.Equal((s_context.TraceId, s_context.SpanId, true), (span.Trace, span.Parent, span.ParentIsRemote));
    }

    [Fact]
    public void Calls_beyond_the_limit_get_no_parent()
    {
        Request served = _traffic.ServeOn(Frontend, 1);
        Request[] calls = [.. Enumerable.Range(0, 2100).Select(_ => _traffic.Call(Frontend, 1))];
        Tracker.Answering(served, 1);
        FinishedSpan parent = _traffic.End(served);
        FinishedSpan[] spans = [.. calls.Select(_traffic.End)];
        Assert.Equal(2048, spans.Count(span => span.Parent == parent.Id));
        Assert.Equal(52, spans.Count(span => span.Parent == default && span.Trace != parent.Trace));
    }

    [Fact]
    public void A_span_does_not_end_before_it_began()
    {
        Request request = _traffic.Serve(Frontend, 1);
        Tracker.Complete(request, 1);
        Assert.Equal(0ul, Assert.Single(_traffic.Spans).Duration);
    }

    private (FinishedSpan Call, FinishedSpan Served) Exchange(TraceContext context, bool clientFirst)
    {
        Request? call = clientFirst ? _traffic.Call(Frontend, 1, context, s_stream) : null;
        Request served = _traffic.Serve(Backend, 5, context, s_stream);
        call ??= _traffic.Call(Frontend, 1, context, s_stream);
        FinishedSpan second = _traffic.End(served);
        return (_traffic.End(call), second);
    }
}
