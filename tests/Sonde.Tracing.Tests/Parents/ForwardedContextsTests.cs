using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Parents;

public sealed class ForwardedContextsTests
{
    [Fact]
    public void A_span_id_names_the_one_open_request_of_the_process_that_came_with_it() =>
        Gen.Select(Gen.UInt[1, 2], Gen.ULong[0, 2], Gen.Bool).Array[0, 60].Sample(steps =>
        {
            var contexts = new ForwardedContexts();
            var processes = new FakeProcesses();
            var open = new List<Request>();
            var ambiguous = new HashSet<(uint, ulong)>();
            foreach ((uint pid, ulong span, bool begins) in steps)
            {
                Request[] Open(ulong id) => [.. open.Where(each => each.Process!.Pid == pid && each.IncomingSpan.Value == id)];
                if (begins)
                {
                    var request = new Request { Process = processes.Find(pid), IncomingSpan = new SpanId(span) };
                    contexts.Add(request);
                    open.Add(request);
                    _ = Open(span).Length > 1 && ambiguous.Add((pid, span));
                }
                else if (Open(span) is [{ } over, ..])
                {
                    contexts.Remove(over);
                    open.Remove(over);
                    _ = Open(span).Length == 0 && ambiguous.Remove((pid, span));
                }

                for (ulong id = 1; id <= 2; id++)
                {
                    Assert.Same(ambiguous.Contains((pid, id)) ? null : Open(id).SingleOrDefault(), contexts.Find(pid, new SpanId(id)));
                }
            }
        }, iter: 1000);

    [Fact]
    public void Once_all_that_were_ambiguous_are_over_the_id_names_again()
    {
        var contexts = new ForwardedContexts();
        var process = new FakeProcesses().Find(1);
        Request[] requests = [.. Enumerable.Range(0, 3).Select(_ => new Request { Process = process, IncomingSpan = new SpanId(5) })];
        contexts.Add(requests[0]);
        Assert.Same(requests[0], contexts.Find(1, new SpanId(5)));
        contexts.Add(requests[1]);
        Assert.Null(contexts.Find(1, new SpanId(5)));
        contexts.Remove(requests[0]);
        contexts.Remove(requests[1]);
        contexts.Add(requests[2]);
        Assert.Same(requests[2], contexts.Find(1, new SpanId(5)));
        contexts.Remove(requests[2]);
        Assert.Null(contexts.Find(1, new SpanId(5)));
    }
}
