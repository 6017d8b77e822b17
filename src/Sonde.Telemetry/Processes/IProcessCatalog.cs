using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Processes;

/// <summary>Whose process is this? Answered by Sonde.Discovery, asked by whoever attributes traffic to a process.</summary>
/// <remarks>All members are called from one thread, the tracer's; none blocks on anything but <c>/proc</c>.</remarks>
public interface IProcessCatalog
{
    /// <summary>The process with this id, found out about on the first call and remembered until it ends.</summary>
    /// <param name="pid">The process (thread group) id as <c>/proc</c> shows it here.</param>
    ObservedProcess Find(uint pid);

    /// <summary>Whether the settings let requests to a server on this port be traced, whoever's they are.</summary>
    bool Traces(int serverPort) => true;

    /// <summary>A process has begun to run a program (<c>sched_process_exec</c>); what was known of the id is void.</summary>
    /// <param name="pid">The process id.</param>
    /// <param name="program">The path that was given to <c>execve</c>, UTF-8 or what the kernel holds for it.</param>
    /// <param name="arguments">The first bytes of the argument vector, each argument ended by a zero byte.</param>
    void Started(uint pid, ReadOnlySpan<byte> program, ReadOnlySpan<byte> arguments);

    /// <summary>A process has ended (<c>sched_process_exit</c> of its leader).</summary>
    void Ended(uint pid);
}

/// <summary>A process that Sonde sees, as far as it is known now.</summary>
public sealed class ObservedProcess(uint pid)
{
    /// <summary>The process id as <c>/proc</c> shows it here.</summary>
    public uint Pid { get; } = pid;

    /// <summary>What its spans are sent under. Replaced when more becomes known.</summary>
    public required Resource Resource { get; set; }

    /// <summary>Whether the settings leave this process out; its connections are muted.</summary>
    public bool Excluded { get; init; }

    /// <summary>
    /// Whether the process makes spans of its own: it was seen exporting OTLP, or has an OpenTelemetry SDK or agent mapped.
    /// Only then is the sampled flag of a <c>traceparent</c> that it sends obeyed.
    /// </summary>
    public bool Instrumented { get; set; }

    /// <summary>
    /// Whether a request of the process moves between threads, by design of its runtime or because it was seen to: what a thread does
    /// then is no sign of whom it is done for.
    /// </summary>
    public bool HopsThreads { get; set; }
}
