using Sonde.Bpf.Privileges;

namespace Sonde.Agent.Doctor;

/// <summary>Which capabilities Sonde wants, and how they are granted.</summary>
internal static class PrivilegeAdvice
{
    /// <summary>Without these nothing can be loaded. CAP_SYS_ADMIN stands in for both.</summary>
    public static CapabilitySet Required { get; } = CapabilitySet.Of(Capability.Bpf, Capability.PerfMon);

    /// <summary>What is lost without the others.</summary>
    public static IReadOnlyDictionary<Capability, string> Losses { get; } = new Dictionary<Capability, string>
    {
        [Capability.SysPtrace] = "what other users' processes say of themselves (OTEL_SERVICE_NAME) is not read",
        [Capability.DacReadSearch] = "executables and environments of other users are not read, so their services are named after the command",
        [Capability.SysAdmin] = "the time of Sonde's own programs in the kernel is not shown",
    };

    /// <summary>Says what to grant.</summary>
    public static string Sentence(CapabilitySet held)
    {
        string missing = string.Join(" and ", Required.Except(held).Select(each => each.KernelName()));
        string[] names = [.. CapabilitySet.Of(Capability.Bpf, Capability.PerfMon, Capability.SysPtrace, Capability.DacReadSearch)
            .Except(default).Select(each => each.KernelName()).Order(StringComparer.Ordinal)];
        string setcap = string.Join(',', names.Select(name => name.ToLowerInvariant()));
        string kubernetes = string.Join(", ", names.Select(name => name["CAP_".Length..]));
        return $"Sonde lacks {missing}: run it as root, or grant it capabilities with `setcap {setcap}+ep <path of sonde>`, "
            + $"with AmbientCapabilities={string.Join(' ', names)} in a systemd unit, "
            + $"or with securityContext.capabilities.add: [{kubernetes}] in Kubernetes.";
    }
}
