using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>One place in a file, by perf's probe events: programs of type <see cref="BpfProgramType.Kprobe"/>.</summary>
public static class UprobeLink
{
    /// <param name="program">The program.</param>
    /// <param name="path">The executable or library.</param>
    /// <param name="place">Where in it.</param>
    /// <param name="isReturn">Where the function that begins there returns.</param>
    /// <param name="processId">One process, or null for all.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink Attach(BpfProgram program, string path, UprobePlace place, bool isReturn = false, int? processId = null) =>
        new(ProgramEvent.Attach(
            PerfCall.OpenProbe("uprobe", path, (ulong)place.Offset, isReturn, (uint)place.Semaphore, processId ?? -1), program, path));
}

/// <summary>A place in a file that a program is attached to.</summary>
/// <param name="Offset">In the file.</param>
/// <param name="Semaphore">Where in the file 2 bytes lie that count who is attached (USDT); 0 for none.</param>
public readonly record struct UprobePlace(long Offset, long Semaphore = 0);
