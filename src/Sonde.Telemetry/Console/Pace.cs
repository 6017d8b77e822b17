namespace Sonde.Telemetry.Console;

/// <summary>How many lines a person can read: all while there are few in a second, beyond that one now and then, evenly.</summary>
/// <param name="perSecond">More spans than this in a second are sampled.</param>
internal sealed class Pace(int perSecond)
{
    private const int SampledPerSecond = 25;
    private const int Second = 1000;

    private long _second;
    private int _before;
    private int _now;
    private long _nextSample;

    /// <summary>Whether a span that comes at this time is shown.</summary>
    /// <param name="time">Milliseconds of a monotonic clock.</param>
    /// <param name="lines">The lines that it and its children would take.</param>
    public bool Shows(long time, int lines)
    {
        long second = time / Second;
        if (second != _second)
        {
            _before = second == _second + 1 ? _now : 0;
            _now = 0;
            _second = second;
        }

        _now += lines;
        if (_now <= perSecond && _before <= perSecond)
        {
            return true;
        }

        if (time < _nextSample)
        {
            return false;
        }

        _nextSample = time + (Second / Math.Min(SampledPerSecond, perSecond));
        return true;
    }
}
