namespace Sonde.Discovery.Resources;

/// <summary>The machine that processes run on, also when Sonde itself runs in a container on it.</summary>
/// <param name="Name"><c>host.name</c>.</param>
/// <param name="Id"><c>host.id</c>: the machine id (machine-id(5)), null when there is none.</param>
/// <param name="BootId">Differs after each boot, since process ids and start times begin anew; empty when it can't be read.</param>
internal sealed record HostIdentity(string Name, string? Id, string BootId)
{
    private const int MachineIdLength = 32;

    /// <param name="procRoot">Where the host's <c>/proc</c> is mounted: its first process has the host's root.</param>
    public static HostIdentity Read(string procRoot)
    {
        var id = FirstLine($"{procRoot}/1/root/etc/machine-id") ?? FirstLine("/etc/machine-id") ?? FirstLine($"{procRoot}/1/root/var/lib/dbus/machine-id");
        // In a UTS namespace of its own Sonde is told its container's name.
        var name = IsApart(procRoot) ? FirstLine($"{procRoot}/1/root/etc/hostname") : null;
        return new HostIdentity(
            name ?? Environment.MachineName,
            id is { Length: MachineIdLength } && id.All(char.IsAsciiHexDigit) ? id : null,
            FirstLine($"{procRoot}/sys/kernel/random/boot_id") ?? "");
    }

    private static bool IsApart(string procRoot)
    {
        var host = Namespace($"{procRoot}/1/ns/uts");
        var own = Namespace($"{procRoot}/self/ns/uts");
        return host is not null && own is not null && host != own;
    }

    private static string? Namespace(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? FirstLine(string path)
    {
        try
        {
            using var reader = File.OpenText(path);
            return reader.ReadLine()?.Trim() is { Length: > 0 } line ? line : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
