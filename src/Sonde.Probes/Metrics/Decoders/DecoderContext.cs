using Sonde.Probes.Attach;
using Sonde.Probes.Output;
using Sonde.Telemetry.Processes;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>What decoders ask.</summary>
/// <param name="Symbols">The kernel's symbols.</param>
/// <param name="Types">The kernel's types.</param>
/// <param name="Processes">Whose a process is; null when nobody wants to know.</param>
internal sealed record DecoderContext(ISymbols Symbols, IKernelTypes Types, IProcessCatalog? Processes)
{
    /// <summary>Whether <c>process.pid</c> makes a series that process's without being told to.</summary>
    public bool LendsResources { get; init; }
}
