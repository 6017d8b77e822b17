namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A folder that others may read, gone when disposed of.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);

    public string Path { get; } = Directory.CreateTempSubdirectory("sonde-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
