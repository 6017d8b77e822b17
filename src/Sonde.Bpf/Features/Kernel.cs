using Sonde.Bpf.Btf;

namespace Sonde.Bpf.Features;

/// <summary>
/// The running kernel, and what this process may do with it. Answers are kept, but an unknown one is asked again. Not thread-safe.
/// </summary>
public sealed class Kernel
{
    private readonly Dictionary<string, Finding> _findings = [];
    private BtfTypes? _types;

    /// <summary>As <c>uname -r</c> says it.</summary>
    public static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>Where cgroup v2 is mounted: <c>/sys/fs/cgroup</c>, on hybrid hosts <c>/sys/fs/cgroup/unified</c>; null when nowhere.</summary>
    public static string? CgroupMount => File.ReadLines("/proc/mounts")
        .Select(line => line.Split(' '))
        .FirstOrDefault(fields => fields.Length > 2 && fields[2] == "cgroup2")?[1];

    /// <summary>The kernel's types.</summary>
    /// <exception cref="IOException">It has no BTF.</exception>
    /// <exception cref="InvalidDataException">Its BTF is not readable.</exception>
    public BtfTypes Types => _types ??= BtfTypes.OfKernel();

    /// <summary>Gives back the memory that the types take, until they are asked for again.</summary>
    public void ForgetTypes() => _types?.Forget();

    /// <summary>Answers a row of the table.</summary>
    public Finding Ask(Feature feature)
    {
        if (!_findings.TryGetValue(feature.Name, out Finding finding))
        {
            finding = Probe(feature);
            if (finding.Verdict != Verdict.Unknown)
            {
                _findings.Add(feature.Name, finding);
            }
        }

        return finding;
    }

    private Finding Probe(Feature feature)
    {
        try
        {
            return feature.Probe(this);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Finding.Unknown(failure.Message);
        }
    }
}
