using Sonde.Probes.Output;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>An address in the kernel.</summary>
internal sealed class KernelSymbolDecoder(ISymbols symbols) : IKeyDecoder
{
    public object? Decode(long number) => symbols.Kernel((ulong)number)?.Name ?? $"0x{number:x}";
}
