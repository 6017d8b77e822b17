using Sonde.Discovery.Instrumentation;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Runtimes;

/// <summary>What the files that a process has mapped tell of it (<c>/proc/PID/maps</c>, proc_pid_maps(5)).</summary>
/// <param name="Runtime">The runtime whose library is mapped, or null.</param>
/// <param name="OpenTelemetry">Whether an OpenTelemetry SDK or agent is mapped.</param>
internal readonly record struct MappedFiles(LanguageRuntime? Runtime, bool OpenTelemetry)
{
    // About 20,000 mappings. The kernel holds the process's mmap lock for a page of them at a time.
    private const long MaxBytes = 2 * 1024 * 1024;

    public static MappedFiles Read(ProcessFilesystem proc, uint pid)
    {
        using var file = proc.Open(pid, "maps");
        var found = default(MappedFiles);
        if (file is null)
        {
            return found;
        }

        var lines = proc.Records(file, (byte)'\n', MaxBytes);
        while (lines.MoveNext() && !(found.Runtime is not null && found.OpenTelemetry))
        {
            // The path is last, and only paths have slashes.
            var slash = lines.Current.LastIndexOf((byte)'/');
            if (slash >= 0)
            {
                var name = lines.Current[(slash + 1)..];
                found = new MappedFiles(found.Runtime ?? RuntimeDetection.FromMappedFile(name), found.OpenTelemetry || OpenTelemetrySigns.InMappedFile(name));
            }
        }

        return found;
    }
}
