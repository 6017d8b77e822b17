using Sonde.Discovery.Naming;
using Sonde.Discovery.Resources;
using Sonde.Discovery.Runtimes;

namespace Sonde.Discovery.Processes;

/// <summary>What was found out about one process, at one moment; input to its name, its resource and the filter, then let go.</summary>
internal sealed class ProcessFacts
{
    public required uint Pid { get; init; }

    /// <summary>Clock ticks from boot to its start; zero when it was gone before anyone looked.</summary>
    public ulong StartTime { get; init; }

    /// <summary>The kernel's name for it, 15 bytes at most; null when it was gone.</summary>
    public string? KernelName { get; init; }

    /// <summary>The executable as the process sees it, or the path given to <c>execve</c>; null when it may not be read.</summary>
    public string? ExecutablePath { get; init; }

    /// <summary>The argument vector, or the title that replaced it.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>What it says of itself.</summary>
    public DeclaredAttributes Declared { get; init; } = DeclaredAttributes.None;

    public string? ContainerId { get; init; }

    public string? ContainerName { get; init; }

    /// <summary>The systemd service unit that it runs in (<c>redis@6379.service</c>).</summary>
    public string? Unit { get; init; }

    public LanguageRuntime? Runtime { get; init; }

    public GoBuildInfo? Go { get; init; }

    /// <summary>Whether an OpenTelemetry SDK or agent makes spans in it.</summary>
    public bool Instrumented { get; init; }

    /// <summary>Its folders and files, as it sees them.</summary>
    public ApplicationFiles Files { get; init; } = ApplicationFiles.None;

    /// <summary>
    /// The executable's name; for a multi-call executable, and for one that lies in memory only, the name it was called by.
    /// Empty when nothing is known.
    /// </summary>
    public string ExecutableName
    {
        get
        {
            var called = Arguments.Count > 0 ? ProgramText.NameIn(Arguments[0]) : "";
            var name = ExecutablePath is { } path ? ProgramText.FileName(path) : "";
            var inMemory = ExecutablePath?.StartsWith("/memfd:", StringComparison.Ordinal) ?? false;
            var saysNothing = inMemory || name is "busybox" or "toybox" or "coreutils" or "";
            return saysNothing && called.Length > 0 ? called
                : name.Length > 0 ? name
                : ProgramText.UpTo(KernelName ?? "", '/');
        }
    }
}
