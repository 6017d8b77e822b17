using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Sampling;

/// <summary>Decides once per trace whether it is kept (OpenTelemetry SDK specification, built-in samplers).</summary>
public sealed class Sampler
{
    private const double Range = 1UL << 56;

    private readonly ulong _threshold;
    private readonly bool _obeysParent;

    private Sampler(ulong threshold, bool obeysParent)
    {
        _threshold = threshold;
        _obeysParent = obeysParent;
    }

    /// <summary><c>always_on</c>.</summary>
    public static Sampler AlwaysOn { get; } = Ratio(1);

    /// <summary><c>always_off</c>.</summary>
    public static Sampler AlwaysOff { get; } = Ratio(0);

    /// <summary>
    /// <c>traceidratio</c>: by the last 7 bytes of the trace id, which W3C Trace Context level 2 says are random, so that
    /// everybody who samples a trace at this ratio keeps the same ones.
    /// </summary>
    /// <param name="ratio">The share that is kept, 0 to 1.</param>
    public static Sampler Ratio(double ratio) => new((ulong)((1 - Math.Clamp(ratio, 0, 1)) * Range), obeysParent: false);

    /// <summary><c>parentbased_…</c>: as the parent was decided, and by <paramref name="root"/> where there is none.</summary>
    public static Sampler ParentBased(Sampler root) => new(root._threshold, obeysParent: true);

    /// <summary>The decision for a trace.</summary>
    /// <param name="trace">Its id.</param>
    /// <param name="parent">How the parent was decided, by somebody who decided; null when there is none.</param>
    public bool IsKept(TraceId trace, bool? parent) =>
        _obeysParent && parent is { } decided ? decided : (trace.Low & ((1UL << 56) - 1)) >= _threshold;
}
