using Sonde.Bpf.Native;

namespace Sonde.Bpf.Privileges;

/// <summary>The share of the processors that this process gets when there are too few of them (setpriority(2)).</summary>
public static class ProcessPriority
{
    private const int ProcessKind = 0;

    /// <summary>
    /// Lets others go first, by so many steps of 19. Holds for the calling thread and those that it starts from now on:
    /// call it before there are others. Where it is not allowed, nothing changes.
    /// </summary>
    public static void Lower(int steps) => _ = Libc.setpriority(ProcessKind, 0, steps);
}
