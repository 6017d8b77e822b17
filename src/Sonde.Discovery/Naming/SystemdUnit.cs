using System.Globalization;
using System.Text;

namespace Sonde.Discovery.Naming;

/// <summary>The service that a systemd unit is named after (systemd.unit(5)).</summary>
internal static class SystemdUnit
{
    private const string Suffix = ".service";

    // Units whose job is to start programs of others: the program's own name says more.
    private static readonly HashSet<string> Starters = new(StringComparer.Ordinal)
    {
        "actions.runner", "anacron", "atd", "containerd", "cron", "crond", "cronie", "crio", "docker", "gitlab-runner", "jenkins-agent", "kubelet", "lxc", "lxd",
        "podman", "rc-local", "ssh", "sshd", "supervisor", "supervisord", "user", "getty", "serial-getty", "dbus", "init",
    };

    /// <summary>The name of the service, or null for no unit and for one that says nothing of what runs in it.</summary>
    public static string? ServiceName(string? unit)
    {
        if (unit is null || !unit.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return null;
        }

        // A template's instance is a copy of the same service: redis@6379.
        var name = Unescape(ProgramText.UpTo(unit[..^Suffix.Length], '@'));
        return name.Length == 0 || Starters.Contains(name) || IsTransient(name) || name.StartsWith("pm2-", StringComparison.Ordinal) ? null : name;
    }

    // systemd-run names what it starts by a number: run-u42, run-r1f3c….
    private static bool IsTransient(string name) =>
        name.StartsWith("run-", StringComparison.Ordinal) && name.Length > 5 && name.Skip(5).All(char.IsAsciiHexDigitLower);

    // \x2d stands for a dash in a name that was escaped (systemd-escape(1)).
    private static string Unescape(string name)
    {
        if (!name.Contains('\\'))
        {
            return name;
        }

        var text = new StringBuilder(name.Length);
        for (var index = 0; index < name.Length; index++)
        {
            if (name.AsSpan(index).StartsWith("\\x", StringComparison.Ordinal) && index + 3 < name.Length
                && byte.TryParse(name.AsSpan(index + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                text.Append((char)value);
                index += 3;
            }
            else
            {
                text.Append(name[index]);
            }
        }

        return text.ToString();
    }
}
