using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Agent.Top;

/// <summary>What is counted of the requests of one row, in two windows: the one that is filling and the one before.</summary>
internal sealed class RequestTally
{
    private Window _filling = new();
    private Window _full = new();

    /// <summary>Windows since the last request.</summary>
    public int Idle { get; private set; }

    /// <summary>Counts a request.</summary>
    public void Add(SpanData span, ulong duration, string name)
    {
        Idle = 0;
        _filling.Durations.Add(duration);
        _filling.Errors += span.Status == SpanStatus.Error ? 1 : 0;
        if (duration >= _filling.Slowest.Duration)
        {
            _filling.Slowest = new SlowRequest(duration, span.TraceId, name, CauseOf(span));
        }
    }

    /// <summary>The window that was filling is full; the next begins.</summary>
    public void Turn()
    {
        Idle++;
        (_filling, _full) = (_full, _filling);
        _filling.Clear();
    }

    /// <summary>Sums both windows up.</summary>
    /// <param name="seconds">How long both last.</param>
    public RequestFigures Sum(double seconds)
    {
        long count = _filling.Durations.Total + _full.Durations.Total;
        SlowRequest slowest = _filling.Slowest.Duration >= _full.Slowest.Duration ? _filling.Slowest : _full.Slowest;
        return new RequestFigures(
            count / seconds,
            count == 0 ? 0 : (_filling.Errors + _full.Errors) / (double)count,
            Math.Min(slowest.Duration, _filling.Durations.Quantile(_full.Durations, 0.5)),
            Math.Min(slowest.Duration, _filling.Durations.Quantile(_full.Durations, 0.99)),
            slowest);
    }

    private static string? CauseOf(SpanData span) =>
        span.TryGet(KernelAttributes.Cause, out SpanAttribute cause) ? Encoding.UTF8.GetString(span.Text(cause)) : null;

    private sealed class Window
    {
        public LatencyHistogram Durations { get; } = new();

        public long Errors { get; set; }

        public SlowRequest Slowest { get; set; }

        public void Clear()
        {
            Durations.Clear();
            Errors = 0;
            Slowest = default;
        }
    }
}

/// <summary>The figures of a row.</summary>
/// <param name="Rate">Requests per second.</param>
/// <param name="ErrorShare">The part that failed, 0 to 1.</param>
/// <param name="Median">Nanoseconds.</param>
/// <param name="P99">Nanoseconds.</param>
/// <param name="Slowest">The slowest request.</param>
internal readonly record struct RequestFigures(double Rate, double ErrorShare, ulong Median, ulong P99, SlowRequest Slowest);

/// <summary>A request to look at.</summary>
/// <param name="Duration">Nanoseconds.</param>
/// <param name="TraceId">Where to find it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cause">Why it was slow, where the kernel's account says.</param>
internal readonly record struct SlowRequest(ulong Duration, TraceId TraceId, string? Name, string? Cause = null);
