namespace Sonde.Bpf.Mappings;

/// <summary>Tells which executables and libraries are in use on the machine, containers included.</summary>
public interface IMappedFiles
{
    /// <summary>
    /// Hands over each distinct file that a process has mapped as code: those of now before this returns, later ones as they come, on
    /// another thread, one at a time, until the answer is disposed.
    /// </summary>
    /// <param name="isWanted">Asked first: is a file of this name (without its folder, as UTF-8) of interest?</param>
    /// <param name="onMapped">Takes the file, which is open while it runs. False when it could not be dealt with: another process's mapping of it is told again.</param>
    IDisposable Watch(FileNameFilter isWanted, Func<MappedFile, bool> onMapped);
}

/// <summary>Decides by a file's name.</summary>
public delegate bool FileNameFilter(ReadOnlySpan<byte> name);
