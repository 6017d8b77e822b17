using System.Diagnostics;

namespace Sonde.Probes.Tests.Attach;

/// <summary>bpftrace's own lists, in a mount namespace where tracefs is mounted for it.</summary>
internal static class Bpftrace
{
    /// <summary>What it prints, line by line; warnings go elsewhere.</summary>
    internal static IReadOnlyList<string> Run(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(
            "unshare", ["-m", "sh", "-c", "mountpoint -q /sys/kernel/tracing || mount -t tracefs nodev /sys/kernel/tracing; exec bpftrace \"$@\"", "sh", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return lines;
    }

    /// <summary>A listing of ours in its format.</summary>
    internal static IReadOnlyList<string> Format(IEnumerable<Probes.Attach.ListedAttachPoint> points) =>
        [.. points.SelectMany(point => point.Arguments.Select(argument => "    " + argument).Prepend(point.Name))];
}
