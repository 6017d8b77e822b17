using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Discovery.Procfs;

/// <summary>The process information filesystem, mounted at some root (proc(5)). For one thread: all reads share a buffer.</summary>
/// <remarks>
/// The root may be the host's <c>/proc</c> seen from inside a container. The files of a process are then reached through
/// <c>/proc/PID/root</c>, which is the process's own view of the tree.
/// </remarks>
internal sealed class ProcessFilesystem(string root)
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>Where it is mounted.</summary>
    public string Root { get; } = root;

    /// <summary>Sonde's own process id as this mount shows it, which differs from what Sonde itself sees inside a pid namespace.</summary>
    public uint Self => uint.TryParse(LinkTarget(Path.Combine(Root, "self")), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
        ? pid
        : (uint)Environment.ProcessId;

    /// <summary>A file of a process.</summary>
    public string PathOf(uint pid, string name) => string.Create(CultureInfo.InvariantCulture, $"{Root}/{pid}/{name}");

    /// <summary>Whether the process is there, as a zombie at least.</summary>
    public bool Exists(uint pid) => Directory.Exists(PathOf(pid, ""));

    /// <summary>The first 64 KiB of a file, empty when it can't be read; valid until the next read.</summary>
    public ReadOnlySpan<byte> Read(uint pid, string name)
    {
        using var file = BoundedFile.Open(PathOf(pid, name));
        return file is null ? [] : _buffer.AsSpan(0, BoundedFile.Read(file, _buffer));
    }

    /// <summary>Opens a file of a process; null when it can't be read.</summary>
    public SafeFileHandle? Open(uint pid, string name) => BoundedFile.Open(PathOf(pid, name));

    /// <summary>Records of an open file, in the shared buffer.</summary>
    public RecordReader Records(SafeFileHandle file, byte separator, long limit) => new(file, separator, _buffer, limit);

    /// <summary>Where a link of a process (<c>exe</c>, <c>cwd</c>, <c>root</c>) points, without the kernel's remark that the file is deleted.</summary>
    public string? Link(uint pid, string name)
    {
        const string Deleted = " (deleted)";
        var target = LinkTarget(PathOf(pid, name));
        return target is not null && target.EndsWith(Deleted, StringComparison.Ordinal) ? target[..^Deleted.Length] : target;
    }

    /// <summary>The process's line of <c>/proc/PID/stat</c>.</summary>
    /// <returns>False when the process is gone.</returns>
    public bool TryReadStat(uint pid, out ProcessStat stat)
    {
        stat = default;
        return Exists(pid) && ProcessStat.TryParse(Read(pid, "stat"), out stat);
    }

    /// <summary>Overwrites what was read last: environments hold secrets.</summary>
    public void Wipe() => Array.Clear(_buffer);

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
