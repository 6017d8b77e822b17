using System.Globalization;

namespace Sonde.Discovery.Tests;

/// <summary>A <c>/proc</c> in a temporary folder, written as the kernel writes it.</summary>
internal sealed class FakeProc : IDisposable
{
    public FakeProc() => Directory.CreateDirectory(Path.Combine(Root, "1", "root"));

    public string Root { get; } = Directory.CreateTempSubdirectory("sonde-proc-").FullName;

    public ProcessCatalog Catalog(DiscoverySettings? settings = null, TimeProvider? clock = null) =>
        new(settings ?? new DiscoverySettings(), Root, clock ?? TimeProvider.System);

    /// <summary>Writes the files of one process; what is null is not there, as for one that may not be read.</summary>
    public void Add(
        uint pid,
        string? executable = "/usr/bin/app",
        string[]? arguments = null,
        string[]? environment = null,
        string? cgroup = null,
        string[]? maps = null,
        string workingDirectory = "/",
        ulong startTime = 4242,
        string name = "app",
        uint flags = 0x400000)
    {
        Remove(pid);
        Directory.CreateDirectory(PathOf(pid, ""));
        var tree = Path.Combine(Root, "trees", pid.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(tree);
        File.CreateSymbolicLink(PathOf(pid, "root"), tree);
        var stat = string.Create(CultureInfo.InvariantCulture, $"{pid} ({name}) S 1 {pid} {pid} 0 -1 {flags} 120 0 0 0 1 2 0 0 20 0 1 0 {startTime} 6291456 200 18446744073709551615");
        File.WriteAllText(PathOf(pid, "stat"), stat);
        File.WriteAllText(PathOf(pid, "cmdline"), string.Concat((arguments ?? [executable ?? name]).Select(argument => argument + "\0")));
        File.WriteAllText(PathOf(pid, "environ"), string.Concat((environment ?? []).Select(variable => variable + "\0")));
        File.WriteAllText(PathOf(pid, "cgroup"), cgroup ?? "0::/\n");
        File.WriteAllText(PathOf(pid, "maps"), string.Concat((maps ?? []).Select((path, index) => $"7f{index:x10}-7f{index + 1:x10} r-xp 00000000 fe:01 {index + 1}                          {path}\n")));
        File.CreateSymbolicLink(PathOf(pid, "cwd"), workingDirectory);
        if (executable is not null)
        {
            File.CreateSymbolicLink(PathOf(pid, "exe"), executable);
        }
    }

    /// <summary>Writes a file into the process's root.</summary>
    public void AddFile(uint pid, string path, string text)
    {
        var file = PathOf(pid, "root") + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Remove(uint pid)
    {
        if (Directory.Exists(PathOf(pid, "")))
        {
            Directory.Delete(PathOf(pid, ""), recursive: true);
        }
    }

    public string PathOf(uint pid, string name) => Path.Combine(Root, pid.ToString(CultureInfo.InvariantCulture), name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
