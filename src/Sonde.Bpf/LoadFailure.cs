using System.Text.RegularExpressions;
using Sonde.Bpf.Native;
using Sonde.Bpf.Privileges;

namespace Sonde.Bpf;

/// <summary>Makes one sentence of what libbpf and the verifier said.</summary>
internal static partial class LoadFailure
{
    internal static BpfLoadException Explain(string objectName, int error, IReadOnlyList<string> messages, string verifierLog)
    {
        string? program = LastMatch(ProgramMessage(), messages);
        bool refusedByKernel = messages.Any(line => line.Contains("BPF program load failed", StringComparison.Ordinal));
        string fullLog = (refusedByKernel ? verifierLog : "") + string.Join('\n', messages);
        return new(Summarize(objectName, program, error, messages, refusedByKernel ? verifierLog : ""), error, program, fullLog);
    }

    internal static BpfLoadException ExplainMap(string map, int error) =>
        new($"Map '{map}' could not be created: {Errno.Describe(error)}.{Advice(error)}", error, null, "");

    internal static BpfLoadException ExplainProgram(string program, int error, string verifierLog) =>
        new(Refusal(program, error, verifierLog), error, program, verifierLog);

    /// <summary>What to do about an error number, as a sentence of its own with a leading space; empty when there is nothing to say.</summary>
    internal static string Advice(int error) => error switch
    {
        Errno.NotPermitted when MissingCapabilities() is { Length: > 0 } => CapabilityAdvice(),
        Errno.NotPermitted => " Privileges suffice, so this kernel's configuration, lockdown mode or a security module forbids it.",
        Errno.NoSuchProcess => " This kernel has no such hook; `sonde doctor` shows which ones it has.",
        Errno.Invalid => " This kernel does not know that kind of program, map or attachment; `sonde doctor` shows what it has.",
        Errno.NoMemory => " There is not enough memory: lower the map sizes or raise the memory limit.",
        Errno.TooBig => " It is larger than this kernel accepts.",
        _ => "",
    };

    private static string Summarize(string objectName, string? program, int error, IReadOnlyList<string> messages, string verifierLog)
    {
        if (error >= Errno.FirstOfLibbpf && messages.Count > 0)
        {
            return $"'{objectName}' is not a BPF object that libbpf can use: {messages[^1].TrimEnd('.')}.";
        }

        string reason = Errno.Describe(error);
        if (LastMatch(MissingType(), messages) is { } type)
        {
            return $"Program '{program}' needs '{type}', which this kernel does not have; `sonde doctor` shows what is used instead.";
        }

        if (messages.Any(line => line.Contains("vmlinux BTF", StringComparison.Ordinal)) && !File.Exists("/sys/kernel/btf/vmlinux"))
        {
            return "This kernel has no BTF (/sys/kernel/btf/vmlinux is missing): use a kernel built with CONFIG_DEBUG_INFO_BTF=y.";
        }

        if (LastMatch(MapMessage(), messages) is { } map)
        {
            return $"Map '{map}' of '{objectName}' could not be created: {reason}.{Advice(error)}";
        }

        if (program is null)
        {
            return $"'{objectName}' could not be loaded: {reason}.{Advice(error)}";
        }

        return Refusal(program, error, verifierLog);
    }

    /// <summary>Without a log the kernel refused before the verifier looked: then the error number says more.</summary>
    private static string Refusal(string program, int error, string verifierLog) => VerifierReason(verifierLog) is { } refusal
        ? $"The verifier refused program '{program}': {refusal}.{CapabilityAdvice()}"
        : $"The kernel refused program '{program}': {Errno.Describe(error)}.{Advice(error)}";

    /// <summary>The last line of the verifier's log that is neither a statistic, a source line nor an instruction.</summary>
    private static string? VerifierReason(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.LastOrDefault(line => !VerifierNoise().IsMatch(line))?.TrimEnd('.');
    }

    /// <summary>The verifier is stricter with those who lack a capability, so this may be the reason whatever it said.</summary>
    private static string CapabilityAdvice() => MissingCapabilities() is { Length: > 0 } missing
        ? $" Sonde lacks {missing}: run it as root or grant them (setcap, AmbientCapabilities= in systemd, securityContext.capabilities in Kubernetes)."
        : "";

    private static string MissingCapabilities()
    {
        CapabilitySet held = ProcessCapabilities.Effective;
        return held.Contains(Capability.SysAdmin)
            ? ""
            : string.Join(" and ", CapabilitySet.Of(Capability.Bpf, Capability.PerfMon).Except(held).Select(each => each.KernelName()));
    }

    private static string? LastMatch(Regex pattern, IReadOnlyList<string> messages) =>
        messages.Select(line => pattern.Match(line)).LastOrDefault(match => match.Success)?.Groups[1].Value;

    [GeneratedRegex("^prog '([^']+)'")]
    private static partial Regex ProgramMessage();

    [GeneratedRegex("^map '([^']+)': failed to create")]
    private static partial Regex MapMessage();

    [GeneratedRegex("failed to find kernel BTF type ID of '([^']+)'")]
    private static partial Regex MissingType();

    [GeneratedRegex(@"^(processed \d+ insns|verification time|stack depth|;|\d+: |max_states|mark_precise|from \d+ to|R\d+(_\w+)?=|peak_states|old state:|cur state:|arg#\d+ reference type|reg type unsupported)")]
    private static partial Regex VerifierNoise();
}
