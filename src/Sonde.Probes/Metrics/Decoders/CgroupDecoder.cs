using System.Globalization;
using Sonde.Bpf;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A control group: the series is reported under the resource of a process in it.</summary>
internal sealed class CgroupDecoder(IProcessCatalog? processes) : IKeyDecoder
{
    private readonly ControlGroups _groups = new();

    public object? Decode(long number) =>
        _groups.Find((ulong)number) is { } directory ? _groups.NameOf(directory) : ((ulong)number).ToString(CultureInfo.InvariantCulture);

    public Resource? ResourceOf(long number)
    {
        try
        {
            return processes is not null
                && _groups.Find((ulong)number) is { } directory
                && File.ReadLines(Path.Combine(directory, "cgroup.procs")).FirstOrDefault() is { } first
                && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out uint pid)
                && pid != 0
                ? processes.Find(pid).Resource
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has gone.
            return null;
        }
    }
}
