using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Bpf.Mappings;

/// <summary>A piece of a process's address space that is mapped from a file as code.</summary>
/// <param name="ProcessId">Whose.</param>
/// <param name="Start">Its first address.</param>
/// <param name="End">The address behind it.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="Path">The file, as the process sees it.</param>
/// <param name="File">Device and number of the file.</param>
public readonly record struct MappedCode(int ProcessId, ulong Start, ulong End, ulong Offset, string Path, (ulong Device, ulong Inode) File)
{
    /// <summary>All of a process; none when it is gone or may not be looked at.</summary>
    public static MappedCode[] Of(int processId)
    {
        List<MappedCode> all = [];
        ProcessMaps.Read(processId, (in Mapping mapping, ReadOnlySpan<byte> path, ulong offset) => all.Add(new(
            processId, mapping.Start, mapping.End, offset, Encoding.UTF8.GetString(path), (mapping.File.Device, mapping.File.Inode))));
        return [.. all];
    }

    /// <summary>Opens the file for reading, whatever namespace the process is in; null when that is not possible any more.</summary>
    public SafeFileHandle? Open() => MappedFile.Open(new(ProcessId, Start, End, new(File.Device, File.Inode)), Path)?.Handle;
}
