using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Metrics;

/// <summary>A probe in the kernel that runs for its metrics. What it prints is thrown away.</summary>
internal sealed class RunningProbe : IDisposable
{
    private readonly ProbeSession _session;

    /// <summary>Attaches a session's program; owns it.</summary>
    /// <exception cref="ProbeException">A probe could not be attached.</exception>
    public RunningProbe(ProbeSession session)
    {
        _session = session;
        try
        {
            session.Start(IgnoredEvents.Instance);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public ProbeSession Session => _session;

    /// <summary>Whether the program does something by itself, now and then.</summary>
    public bool HasTimers => _session.Program.Probes.Any(probe => probe.Targets.Any(target => target is IntervalTarget));

    /// <summary>Runs what is due.</summary>
    public void Poll() => _session.Poll(IgnoredEvents.Instance);

    public void Dispose() => _session.Dispose();
}
