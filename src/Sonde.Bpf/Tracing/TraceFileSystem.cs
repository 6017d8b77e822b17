using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Tracing;

/// <summary>
/// The kernel's trace file system (Documentation/trace/ftrace.rst), read only. Where it is mounted it is used there; else it is mounted
/// for this process alone, without a trace in the file tree.
/// </summary>
public sealed class TraceFileSystem : IDisposable
{
    private readonly SafeFileHandle? _mount;

    private TraceFileSystem(string root, SafeFileHandle? mount)
    {
        Root = root;
        _mount = mount;
    }

    /// <summary>A path that leads to it as long as this is open.</summary>
    public string Root { get; }

    /// <summary>The groups of tracepoints: <c>sched</c>, <c>syscalls</c>, …</summary>
    public IEnumerable<string> Groups => NamesIn(Path.Combine(Root, "events"));

    /// <summary>The names of a group's tracepoints.</summary>
    public IEnumerable<string> EventsOf(string group) => NamesIn(Path.Combine(Root, "events", group));

    /// <summary>Finds and opens it.</summary>
    /// <exception cref="IOException">It is not there or may not be read; the message says what to do.</exception>
    public static TraceFileSystem Open()
    {
        string? mounted = FindMount(File.ReadLines("/proc/self/mounts"));
        if (mounted is not null && IsReadable(mounted))
        {
            return new(mounted, null);
        }

        if (MountCall.MountDetached("tracefs\0"u8, out int error) is { } mount)
        {
            string root = $"/proc/self/fd/{mount.DangerousGetHandle()}";
            return IsReadable(root) ? new(root, mount) : throw new IOException("The kernel has a trace file system without events: it was built without tracepoints.");
        }

        throw new IOException(mounted is null
            ? $"The trace file system is not mounted, and this process cannot mount it ({Errno.Describe(error)}): run as root, or 'mount -t tracefs nodev /sys/kernel/tracing'."
            : $"The trace file system in {mounted} cannot be read by this process: run as root, or give it the capability CAP_DAC_READ_SEARCH.");
    }

    /// <summary>Opens it in a folder, for tests and for a tree that somebody copied.</summary>
    public static TraceFileSystem OpenAt(string root) => new(root, null);

    /// <summary>Reads a tracepoint's format; null when there is no such tracepoint.</summary>
    /// <exception cref="InvalidDataException">The format is not understood.</exception>
    public TracepointFormat? Find(string group, string name)
    {
        string path = Path.Combine(Root, "events", group, name, "format");
        try
        {
            return TracepointFormat.Parse(File.ReadAllText(path));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The functions that the kernel lets itself be traced at; null when it does not tell.</summary>
    public IReadOnlyList<string>? TraceableFunctions()
    {
        try
        {
            // "vfs_read" or "helper [module]"
            return [.. File.ReadLines(Path.Combine(Root, "available_filter_functions")).Select(line => line.Split(' ', 2)[0])];
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _mount?.Dispose();

    /// <summary>Finds the mount in lines as <c>/proc/mounts</c> has them; debugfs has it in a folder.</summary>
    internal static string? FindMount(IEnumerable<string> mounts)
    {
        string? debug = null;
        foreach (string[] fields in mounts.Select(line => line.Split(' ')).Where(fields => fields.Length > 2))
        {
            if (fields[2] == "tracefs")
            {
                return fields[1];
            }

            debug ??= fields[2] == "debugfs" ? fields[1] + "/tracing" : null;
        }

        return debug;
    }

    private static bool IsReadable(string root)
    {
        try
        {
            return Directory.EnumerateDirectories(Path.Combine(root, "events")).Any();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static List<string> NamesIn(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
