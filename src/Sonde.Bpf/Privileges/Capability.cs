namespace Sonde.Bpf.Privileges;

/// <summary>The Linux capabilities that matter to Sonde, by their numbers in linux/capability.h.</summary>
public enum Capability
{
    DacOverride = 1,
    DacReadSearch = 2,
    NetAdmin = 12,
    SysPtrace = 19,
    SysAdmin = 21,
    SysNice = 23,
    SysResource = 24,
    Syslog = 34,
    PerfMon = 38,
    Bpf = 39,
    CheckpointRestore = 40,
}

/// <summary>A set of capabilities, one bit each.</summary>
public readonly record struct CapabilitySet(ulong Bits)
{
    public static CapabilitySet Of(params ReadOnlySpan<Capability> capabilities)
    {
        ulong bits = 0;
        foreach (Capability capability in capabilities)
        {
            bits |= 1UL << (int)capability;
        }

        return new(bits);
    }

    public bool Contains(Capability capability) => (Bits >> (int)capability & 1) != 0;

    /// <summary>The named ones of this set that the other lacks.</summary>
    public IEnumerable<Capability> Except(CapabilitySet other)
    {
        ulong missing = Bits & ~other.Bits;
        return Enum.GetValues<Capability>().Where(each => (missing >> (int)each & 1) != 0);
    }
}

/// <summary>Names of capabilities.</summary>
public static class CapabilityNames
{
    /// <summary>The name that manuals and commands use: <c>CAP_BPF</c>.</summary>
    public static string KernelName(this Capability capability) => capability switch
    {
        Capability.DacOverride => "CAP_DAC_OVERRIDE",
        Capability.DacReadSearch => "CAP_DAC_READ_SEARCH",
        Capability.NetAdmin => "CAP_NET_ADMIN",
        Capability.SysPtrace => "CAP_SYS_PTRACE",
        Capability.SysAdmin => "CAP_SYS_ADMIN",
        Capability.SysNice => "CAP_SYS_NICE",
        Capability.SysResource => "CAP_SYS_RESOURCE",
        Capability.Syslog => "CAP_SYSLOG",
        Capability.PerfMon => "CAP_PERFMON",
        Capability.Bpf => "CAP_BPF",
        Capability.CheckpointRestore => "CAP_CHECKPOINT_RESTORE",
        _ => throw new ArgumentOutOfRangeException(nameof(capability)),
    };
}
