using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Account;

/// <summary>
/// The calls that each thread has open. One that waits for several answers at once works for none of them alone: what it did
/// meanwhile is no call's own.
/// </summary>
internal sealed class ThreadCalls
{
    private readonly Dictionary<uint, Open> _open = [];

    /// <summary>A client's request has begun.</summary>
    public void Begin(Request call)
    {
        uint thread = call.Start.Tid;
        if (thread == 0)
        {
            return;
        }

        if (_open.TryGetValue(thread, out Open open))
        {
            open.Latest.SharesThread = true;
            call.SharesThread = true;
        }

        _open[thread] = new Open(call, open.Count + 1);
    }

    /// <summary>It is over.</summary>
    public void End(Request call)
    {
        uint thread = call.Start.Tid;
        if (thread == 0 || !_open.TryGetValue(thread, out Open open))
        {
            return;
        }

        if (open.Count <= 1)
        {
            _open.Remove(thread);
        }
        else
        {
            // Whichever is left: all of them share the thread, and are marked already.
            _open[thread] = open with { Count = open.Count - 1 };
        }
    }

    private readonly record struct Open(Request Latest, int Count);
}
