using System.Buffers.Binary;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>The control groups (version 2) of this machine by the number that <c>bpf_get_current_cgroup_id</c> gives: their directory's inode.</summary>
public sealed class ControlGroups
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly string? _root;
    private Dictionary<ulong, string> _paths = [];
    private long _read;

    /// <param name="mounts">The table of mounts, in which the hierarchy is looked for.</param>
    public ControlGroups(string mounts = "/proc/self/mounts") => _root = FindRoot(mounts);

    /// <summary>The directory of a group; null when there is none. Directories are read again for a number that is not known, once a second at most.</summary>
    public string? Find(ulong id)
    {
        if (!_paths.TryGetValue(id, out string? path) && _root is not null && (_read == 0 || TimeProvider.System.GetElapsedTime(_read) > s_patience))
        {
            _paths = Read(_root);
            _read = TimeProvider.System.GetTimestamp();
            path = _paths.GetValueOrDefault(id);
        }

        return path;
    }

    /// <summary>A group's path as <c>/proc/PID/cgroup</c> has it: <c>/</c> for the root.</summary>
    public string NameOf(string directory) => directory.Length <= _root!.Length ? "/" : directory[_root.Length..];

    /// <summary>The number of the group with this directory; null when there is none.</summary>
    public static unsafe ulong? IdOf(string path)
    {
        byte* result = stackalloc byte[StatCall.Size];
        return StatCall.statx(StatCall.CurrentDirectory, path, 0, StatCall.InodeMask, result) == 0
            ? BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(result + StatCall.InodeOffset, sizeof(ulong)))
            : null;
    }

    private static string? FindRoot(string mounts)
    {
        try
        {
            // device directory type options …, proc_pid_mounts(5).
            return File.ReadLines(mounts).Select(line => line.Split(' ')).FirstOrDefault(fields => fields is [_, _, "cgroup2", ..])?[1];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Dictionary<ulong, string> Read(string root)
    {
        var paths = new Dictionary<ulong, string>();
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string directory in Directory.EnumerateDirectories(root, "*", options).Prepend(root))
        {
            if (IdOf(directory) is { } id)
            {
                paths[id] = directory;
            }
        }

        return paths;
    }
}
