using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>Takes what a running program sends, in order, on the thread that runs the session.</summary>
public interface IProbeEvents
{
    /// <summary>An event. <see cref="ExitOutput"/> and <see cref="ClearMapOutput"/> are not handed over: the session does them.</summary>
    /// <param name="output">Which of <see cref="ProbeProgram.Outputs"/>.</param>
    /// <param name="values">Its values, each of its type's size; the kernel's again when this returns.</param>
    void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values);

    /// <summary>So many events did not fit in the ring buffer since this was told last.</summary>
    void OnLost(long events);

    /// <summary>All that had come has been handed over: a writer flushes now.</summary>
    void OnIdle();
}
