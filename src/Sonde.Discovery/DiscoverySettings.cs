namespace Sonde.Discovery;

/// <summary>Which processes are traced, and how many are remembered.</summary>
/// <remarks>
/// A process is traced when <see cref="Include"/> names no process criterion or one of its criteria matches, and no criterion of
/// <see cref="Exclude"/> matches. Ports are a question of their own, asked of each connection: see <see cref="ProcessFilter"/>.
/// Sonde never traces itself, whatever stands here.
/// </remarks>
public sealed class DiscoverySettings
{
    /// <summary>The processes and ports that are traced; empty means all.</summary>
    public ProcessCriteria Include { get; set; } = new();

    /// <summary>The processes and ports that are not; wins over <see cref="Include"/>.</summary>
    public ProcessCriteria Exclude { get; set; } = new();

    /// <summary>How many processes are remembered at once; beyond it the one unused for longest is forgotten, and counted.</summary>
    public int MaxProcesses { get; set; } = 16_384;
}

/// <summary>
/// Ways to name processes. Patterns are globs: <c>*</c> is any number of characters (a slash too), <c>?</c> is one, upper and lower case
/// differ, and the whole text must match. The criteria are alternatives: one match is enough.
/// </summary>
public sealed class ProcessCriteria
{
    /// <summary>Paths of executables as the process sees them: <c>/usr/sbin/nginx</c>, <c>/opt/acme/*</c>.</summary>
    public IList<string> Executables { get; set; } = [];

    /// <summary>Command lines, the arguments joined by single spaces: <c>*python* /srv/shop/*</c>.</summary>
    public IList<string> CommandLines { get; set; } = [];

    /// <summary>Containers, by name or id; a short id of twelve digits or more is enough.</summary>
    public IList<string> Containers { get; set; } = [];

    /// <summary>Services, by the <c>service.name</c> that their spans carry.</summary>
    public IList<string> Services { get; set; } = [];

    /// <summary>TCP ports that a server listens on, its clients' side of the connection included.</summary>
    public IList<PortRange> Ports { get; set; } = [];
}

/// <summary>Ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct PortRange(int First, int Last)
{
    /// <summary>Whether the port is in the range.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>Reads <c>443</c> or <c>8000-8999</c>.</summary>
    /// <returns>False when the text is neither, or a port is not in 1 to 65535, or the range runs backwards.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out PortRange range)
    {
        var dash = text.IndexOf('-');
        var first = dash < 0 ? text : text[..dash];
        var last = dash < 0 ? text : text[(dash + 1)..];
        range = default;
        if (!ushort.TryParse(first, out var from) || !ushort.TryParse(last, out var to) || from == 0 || to < from)
        {
            return false;
        }

        range = new PortRange(from, to);
        return true;
    }
}
