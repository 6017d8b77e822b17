using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Mappings;

/// <summary>A file that a process has mapped as code.</summary>
/// <param name="Path">As the process sees it.</param>
/// <param name="ProcessId">One of those that have mapped it.</param>
/// <param name="Handle">Open while the receiver runs.</param>
public sealed record MappedFile(string Path, int ProcessId, SafeFileHandle Handle)
{
    private const long OverlayFileSystem = 0x794c7630;

    /// <summary>A path by which this process, and the kernel for it, finds exactly this file, whatever namespace it is in.</summary>
    public string OpenPath => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Handle.DangerousGetHandle()}");

    /// <summary>Opens what a process has mapped; null when it is gone or may not be read.</summary>
    internal static MappedFile? Open(in Mapping mapping, string path)
    {
        // The mapping itself first: it cannot be another file of that name. Without CAP_CHECKPOINT_RESTORE only the path is left.
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{mapping.ProcessId}");
        string exact = string.Create(CultureInfo.InvariantCulture, $"{process}/map_files/{mapping.Start:x}-{mapping.End:x}");
        return (TryOpen(exact) ?? TryOpen($"{process}/root{path}")) is { } handle ? new(path, mapping.ProcessId, handle) : null;
    }

    /// <summary>
    /// What tells this file from others. Overlay file systems show one file of a common layer under as many devices as there are containers,
    /// but uprobes are placed in the file itself: there, number, size and time stand for it.
    /// </summary>
    internal FileIdentity Identify(FileIdentity mapped)
    {
        if (Libc.FileSystemOf(Handle) != OverlayFileSystem)
        {
            return mapped;
        }

        try
        {
            return new(0, mapped.Inode, RandomAccess.GetLength(Handle), File.GetLastWriteTimeUtc(Handle).Ticks);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return mapped;
        }
    }

    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>What tells a file from others: device and number; on overlay file systems also size and time.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Size = 0, long Modified = 0);

/// <summary>A piece of a process's address space that is mapped from a file as code.</summary>
internal readonly record struct Mapping(int ProcessId, ulong Start, ulong End, FileIdentity File);
