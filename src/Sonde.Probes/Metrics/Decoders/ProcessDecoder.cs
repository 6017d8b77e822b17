using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A process id: the series is reported under that process's resource.</summary>
internal sealed class ProcessDecoder(IProcessCatalog? processes) : IKeyDecoder
{
    public object? Decode(long number) => number;

    public Resource? ResourceOf(long number) => number > 0 ? processes?.Find((uint)number).Resource : null;
}
