namespace Sonde.Discovery.Naming;

/// <summary>The files of a process as it sees them: its root, which may be a container's, and its working directory.</summary>
/// <param name="hostRoot">The path under which its root is reached (<c>/proc/PID/root</c>), or null when it can't be.</param>
/// <param name="workingDirectory">Its working directory, absolute in its own root, or null when it may not be read.</param>
internal sealed class ApplicationFiles(string? hostRoot, string? workingDirectory)
{
    private const int MaxLevels = 16;

    public static readonly ApplicationFiles None = new(null, null);

    public string? WorkingDirectory { get; } = workingDirectory;

    /// <summary>The absolute path of what the process was given, or null when it is relative to an unknown folder.</summary>
    public string? Absolute(string path)
    {
        if (path.StartsWith('/'))
        {
            return Path.GetFullPath(path);
        }

        return WorkingDirectory is null ? null : Path.GetFullPath(path, WorkingDirectory);
    }

    /// <summary>The name and version of the nearest <c>package.json</c> that has a name, from a folder upwards.</summary>
    public ProgramIdentity? FindPackage(string? folder)
    {
        for (var level = 0; folder is not null && hostRoot is not null && level < MaxLevels; level++)
        {
            if (PackageJson.Read($"{hostRoot}{folder.TrimEnd('/')}/package.json") is { } package)
            {
                return package;
            }

            folder = Path.GetDirectoryName(folder);
        }

        return null;
    }

    /// <summary>The telling folder around a script, or around the working directory when the script's path is not known.</summary>
    public string? TellingFolder(string? script = null)
    {
        var folder = script is null ? WorkingDirectory : Path.GetDirectoryName(Absolute(script));
        return folder is null ? null : ProgramText.TellingFolder(folder);
    }
}
