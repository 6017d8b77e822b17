using Sonde.Bpf;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Features;
using Sonde.Probes.Code;

namespace Sonde.Probes.Running;

/// <summary>What programs are compiled for on the machine that this runs on.</summary>
public static class MachineSettings
{
    /// <summary>Settings for the running kernel.</summary>
    public static CompilerSettings Of(Kernel kernel) => new()
    {
        PossibleCpus = BpfMap.PossibleCpus,
        // The allocator that is safe in any context came with the structure of this name.
        AllocatesOnDemand = kernel.Types.Contains("bpf_mem_alloc", BtfKind.Struct),
    };
}
