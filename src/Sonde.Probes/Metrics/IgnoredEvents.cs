using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Metrics;

/// <summary>What a program prints that runs for its metrics alone.</summary>
internal sealed class IgnoredEvents : IProbeEvents
{
    public static readonly IgnoredEvents Instance = new();

    public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
    {
    }

    public void OnLost(long events)
    {
    }

    public void OnIdle()
    {
    }
}
