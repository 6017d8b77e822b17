namespace Sonde.Bpf.Mappings;

/// <summary>One watch of what processes map, for all who ask; it begins when the first does.</summary>
public sealed class SharedMappedFiles : IMappedFiles, IDisposable
{
    private readonly Lock _lock = new();
    private MappedFiles? _files;

    /// <inheritdoc/>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public IDisposable Watch(FileNameFilter isWanted, Func<MappedFile, bool> onMapped)
    {
        lock (_lock)
        {
            _files ??= new();
        }

        return _files.Watch(isWanted, onMapped);
    }

    public void Dispose() => _files?.Dispose();
}
