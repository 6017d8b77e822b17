using System.Globalization;

namespace Sonde.Bpf.Privileges;

/// <summary>Who may open perf events, through which tracepoints, uprobes and the watch of mappings are reached.</summary>
public static class PerfEvents
{
    private const string Path = "/proc/sys/kernel/perf_event_paranoid";

    /// <summary>
    /// True where CAP_PERFMON does not do and CAP_SYS_ADMIN is needed: at level 3, which Debian's kernels know and begin with
    /// ("Permission denied" was seen there on 6.1 and 6.12); others end at 2.
    /// </summary>
    public static bool NeedAdministrator => File.Exists(Path)
        && int.TryParse(File.ReadAllText(Path), NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int level)
        && level > 2;
}
