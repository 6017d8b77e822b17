using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Sampling;
using Sonde.Tracing.Tests.Connections;
using Sonde.Tracing.Tests.Parents;

namespace Sonde.Tracing.Tests.Requests;

/// <summary>What holds however requests of any processes and threads begin, end and join.</summary>
public sealed class RequestTrackerPropertyTests
{
    private enum Event
    {
        Serve,
        ServeOn,
        Call,
        Receive,
        Answer,
        Complete,
        Abandon,
    }

    /// <param name="What">The event.</param>
    /// <param name="Pid">1 and 2 are plain, 3 is instrumented, 4 is of a runtime that hops.</param>
    /// <param name="Thread">Of few, so that they meet.</param>
    /// <param name="Context">0: none, 1 and 2: one of two strangers', 3: that of an open request.</param>
    /// <param name="Stream">0: none.</param>
    /// <param name="Pick">Which of the open requests is meant.</param>
    private sealed record Step(Event What, uint Pid, uint Thread, int Context, uint Stream, int Pick);

    private sealed class Life(int began)
    {
        public int Began => began;

        public int Ended { get; set; } = int.MaxValue;

        public bool IsAbandoned { get; set; }

        public bool IsReceived { get; set; }

        public bool IsAnswered { get; set; }

        public SpanId Named { get; set; }
    }

    private static readonly Gen<Step[]> s_steps = Gen.Select(
        Gen.Enum<Event>(), Gen.UInt[1, 4], Gen.UInt[1, 3], Gen.Int[0, 6], Gen.UInt[0, 3], Gen.Int[0, 1000],
        (what, pid, thread, context, stream, pick) => new Step(what, pid, thread, context, stream, pick)).Array[1, 120];

    [Fact]
    public void Every_request_ends_once_in_its_parents_trace() => s_steps.Sample(steps => Check(steps, Sampler.ParentBased(Sampler.Ratio(0.5))), iter: 20_000);

    private static void Check(Step[] steps, Sampler sampler)
    {
        var traffic = new Traffic(sampler);
        traffic.Processes.Add(3, instrumented: true);
        traffic.Processes.Add(4, language: "go");
        var lives = new Dictionary<SpanId, Life>();
        var open = new List<Request>();
        int now = 0;
        foreach (Step step in steps)
        {
            now++;
            Play(traffic, step, lives, open, now);
        }

        // In any order, here the newest first.
        for (int i = open.Count - 1; i >= 0; i--)
        {
            lives[open[i].SpanId].Ended = ++now;
            traffic.EndLater(open[i]);
        }

        CheckSpans(traffic, lives);
    }

    private static void Play(Traffic traffic, Step step, Dictionary<SpanId, Life> lives, List<Request> open, int now)
    {
        if (step.What is Event.Serve or Event.ServeOn or Event.Call)
        {
            TraceContext context = step.Context switch
            {
                1 or 2 => new TraceContext(new TraceId((ulong)step.Context, 0x80_0000_0000_0000), new SpanId((ulong)step.Context), step.Pick % 2 == 0),
                3 when open.Count > 0 => new TraceContext(open[step.Pick % open.Count].TraceId, new SpanId(3), true),
                _ => default,
            };
            StreamKey stream = step.Stream == 0 ? default : new StreamKey(0, 1, 50_000, step.Stream);
            Request begun = step.What switch
            {
                Event.Serve => traffic.Serve(step.Pid, step.Thread, context, stream),
                Event.ServeOn => traffic.ServeOn(step.Pid, step.Thread, context, stream),
                _ => traffic.Call(step.Pid, step.Thread, context, stream),
            };
            Assert.DoesNotContain(begun, open);
            open.Add(begun);
            lives.Add(begun.SpanId, new Life(now) { IsReceived = step.What == Event.ServeOn, Named = context.SpanId });
            return;
        }

        if (open.Count == 0)
        {
            return;
        }

        Request request = open[step.Pick % open.Count];
        Life life = lives[request.SpanId];
        switch (step.What)
        {
            case Event.Receive when !life.IsReceived:
                life.IsReceived = true;
                traffic.Tracker.Received(request, step.Thread);
                break;
            case Event.Answer when life.IsReceived && !life.IsAnswered:
                life.IsAnswered = true;
                traffic.Tracker.Answering(request, step.Thread);
                break;
            case Event.Complete or Event.Abandon:
                life.Ended = now;
                life.IsAbandoned = step.What == Event.Abandon;
                open.Remove(request);
                if (life.IsAbandoned)
                {
                    traffic.Tracker.Abandon(request);
                }
                else
                {
                    traffic.EndLater(request);
                }

                break;
        }
    }

    private static void CheckSpans(Traffic traffic, Dictionary<SpanId, Life> lives)
    {
        var spans = traffic.Spans.ToDictionary(span => span.Id);
        Assert.Equal(lives.Where(each => !each.Value.IsAbandoned).Select(each => each.Key).Order(Ids), spans.Keys.Order(Ids));
        Assert.Equal(lives.Values.Count(life => life.IsAbandoned), traffic.Host.Counters.Abandoned);
        Assert.Equal(spans.Count, traffic.Host.Counters.Requests);
        foreach (FinishedSpan span in spans.Values)
        {
            Assert.True(span.Trace.IsValid);
            Life life = lives[span.Id];
            if (!span.Parent.IsValid)
            {
                continue;
            }

            if (!lives.TryGetValue(span.Parent, out Life? parent))
            {
                // Nobody's but the headers' own.
                Assert.Equal(life.Named, span.Parent);
                continue;
            }

            Assert.False(span.ParentIsRemote);
            Assert.True(parent.Began < life.Ended && life.Began < parent.Ended, "the parent was not open");
            if (spans.TryGetValue(span.Parent, out FinishedSpan? finished))
            {
                Assert.Equal(finished.Trace, span.Trace);
                Assert.True(finished.IsSampled || !span.IsSampled, "sampled, though its parent is not");
            }
        }
    }

    private static readonly Comparer<SpanId> Ids = Comparer<SpanId>.Create((left, right) => left.Value.CompareTo(right.Value));
}
