using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Account;

namespace Sonde.Tracing.Requests;

/// <summary>A span in the making, with what the tracer must know of the request until it ends. Pooled.</summary>
internal sealed class Request : SpanData
{
    public ObservedProcess? Process { get; set; }

    /// <summary>When the request's first byte passed, nanoseconds of the monotonic clock.</summary>
    public ulong Began { get; set; }

    /// <summary>The mark of the call that moved its first byte; without a thread when there is none.</summary>
    public Mark Start { get; set; }

    /// <summary>How long its connection took to stand, nanoseconds, if it is the first on it; else 0.</summary>
    public ulong Connect { get; set; }

    /// <summary>Of a client's request: whether its thread had another one open meanwhile.</summary>
    public bool SharesThread { get; set; }

    /// <summary>Of a server's request: the slowest call that was made on its thread.</summary>
    public SlowestCall SlowestCall { get; } = new();

    /// <summary>The thread that read the request's last byte; 0 until it has.</summary>
    public uint Reader { get; set; }

    /// <summary>The caller's span as the request's headers name it; zero when they name none.</summary>
    public SpanId IncomingSpan { get; set; }

    /// <summary>The trace as the request's headers name it; zero when they name none.</summary>
    public TraceId NamedTrace { get; set; }

    /// <summary>The connection's client end and place in its stream: equal for the two spans of one request on this machine.</summary>
    public StreamKey Stream { get; set; }

    /// <summary>The request that this one was made for; its trace is this one's once both are settled.</summary>
    public Request? Upstream { get; set; }

    /// <summary>Whether <see cref="Upstream"/> is known, rather than inferred from the thread and subject to its verdict.</summary>
    public bool IsUpstreamCertain { get; set; }

    /// <summary>Of a server's request: whether the calls made on its thread are its own.</summary>
    public ThreadVerdict Verdict { get; set; }

    /// <summary>Unsettled requests whose <see cref="Upstream"/> this is, chained by <see cref="NextCall"/>.</summary>
    public Request? Calls { get; set; }

    public Request? NextCall { get; set; }

    /// <summary>How many requests have ever named this one as theirs.</summary>
    public int CallCount { get; set; }

    /// <summary>Whether trace id and parent are final.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Whether the request has ended, and waits only to be settled.</summary>
    public bool IsComplete { get; set; }

    public override void Reset()
    {
        base.Reset();
        Process = null;
        Began = 0;
        Start = default;
        Connect = 0;
        SharesThread = false;
        SlowestCall.Clear();
        Reader = 0;
        IncomingSpan = default;
        NamedTrace = default;
        Stream = default;
        Upstream = null;
        IsUpstreamCertain = false;
        Verdict = ThreadVerdict.Pending;
        Calls = null;
        NextCall = null;
        CallCount = 0;
        IsSettled = false;
        IsComplete = false;
    }
}

/// <summary>Whether the calls that a thread made while it worked on a request are the request's.</summary>
internal enum ThreadVerdict : byte
{
    /// <summary>The answer has not begun.</summary>
    Pending,

    /// <summary>The thread that read the request also answers it, and read no other in between.</summary>
    Confirmed,

    Refused,
}
