using System.Text;

namespace Sonde.Discovery.Containers;

/// <summary>What the control group of a process tells: its container and its systemd unit.</summary>
/// <remarks>
/// <c>/proc/PID/cgroup</c> (cgroups(7)) has one line <c>hierarchy:controllers:path</c> for each hierarchy. Version 2 is hierarchy 0; a
/// hybrid host has that one and the version 1 hierarchies, and the container may stand in either.
/// </remarks>
/// <param name="ContainerId">The innermost container's id, or null.</param>
/// <param name="Unit">The name of the innermost service unit that is not a user's manager (<c>redis@6379.service</c>), or null.</param>
internal readonly record struct ControlGroup(string? ContainerId, string? Unit)
{
    public static ControlGroup Parse(ReadOnlySpan<byte> file)
    {
        var found = default(ControlGroup);
        foreach (var range in file.Split((byte)'\n'))
        {
            var line = file[range];
            var first = line.IndexOf((byte)':');
            var second = first < 0 ? -1 : line[(first + 1)..].IndexOf((byte)':');
            if (second < 0)
            {
                continue;
            }

            var controllers = line.Slice(first + 1, second);
            var group = FromPath(Encoding.UTF8.GetString(line[(first + second + 2)..]));
            // Units live in version 2 and in systemd's own hierarchy; the other paths of version 1 are copies, when they exist at all.
            var hasUnits = controllers.IsEmpty || controllers.SequenceEqual("name=systemd"u8);
            found = new ControlGroup(found.ContainerId ?? group.ContainerId, found.Unit ?? (hasUnits ? group.Unit : null));
        }

        return found;
    }

    private static ControlGroup FromPath(string path)
    {
        string? unit = null;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var index = parts.Length - 1; index >= 0; index--)
        {
            // From the inside out: a unit above the container is the engine's, one below it is the container's own.
            if (ContainerIdOf(parts[index]) is { } id)
            {
                return new ControlGroup(id, unit);
            }

            unit ??= IsServiceUnit(parts[index]) ? parts[index] : null;
        }

        return new ControlGroup(null, unit);
    }

    private static bool IsServiceUnit(string part) =>
        part.EndsWith(".service", StringComparison.Ordinal) && !part.StartsWith("user@", StringComparison.Ordinal);

    /// <summary>
    /// The id in one part of the path: bare (<c>/docker/ID</c>, kubelet's cgroupfs driver), behind a prefix in a scope (<c>docker-ID.scope</c>,
    /// <c>cri-containerd-ID.scope</c>, <c>crio-ID.scope</c>, <c>libpod-ID.scope</c>), or behind the last colon (containerd with a systemd path it
    /// was not told of: <c>….slice:cri-containerd:ID</c>). Engines name containers by 64 hexadecimal digits, Fargate by 32 and a number.
    /// </summary>
    private static string? ContainerIdOf(string part)
    {
        var text = part.EndsWith(".scope", StringComparison.Ordinal) ? part.AsSpan(0, part.Length - ".scope".Length) : part;
        if (text.Length > 33 && text[32] == '-' && IsHexadecimal(text[..32]) && !text[33..].ContainsAnyExceptInRange('0', '9'))
        {
            return text.ToString();
        }

        var mark = text.LastIndexOfAny('-', ':');
        var id = text[(mark + 1)..];
        // conmon watches a container from outside of it.
        var watches = mark > 0 && text[..mark].EndsWith("conmon", StringComparison.Ordinal);
        return id.Length == 64 && IsHexadecimal(id) && !watches ? id.ToString() : null;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiHexDigitLower(character))
            {
                return false;
            }
        }

        return true;
    }
}
