using System.IO.Enumeration;
using Sonde.Discovery.Processes;

namespace Sonde.Discovery;

/// <summary>The include and exclude criteria of <see cref="DiscoverySettings"/>, ready to be asked.</summary>
/// <remarks>
/// Processes and ports are two questions. The catalog answers the first in <c>ObservedProcess.Excluded</c>; whoever knows a connection's
/// server port asks the second: a connection is traced when its process is not excluded, <see cref="IncludesPort"/> holds and
/// <see cref="ExcludesPort"/> does not.
/// </remarks>
public sealed class ProcessFilter
{
    private const int ShortContainerId = 12;

    private readonly Criteria _include;
    private readonly Criteria _exclude;

    /// <param name="settings">Copied: later changes to it have no effect here.</param>
    public ProcessFilter(DiscoverySettings settings)
    {
        _include = new Criteria(settings.Include);
        _exclude = new Criteria(settings.Exclude);
    }

    /// <summary>Whether connections to this server port may be traced: no port is asked for, or this one is.</summary>
    public bool IncludesPort(int port) => _include.Ports.Length == 0 || Contains(_include.Ports, port);

    /// <summary>Whether connections to this server port are left out.</summary>
    public bool ExcludesPort(int port) => Contains(_exclude.Ports, port);

    /// <summary>Whether a process is left out.</summary>
    internal bool Excludes(ProcessFacts facts, string serviceName) =>
        (_include.NamesProcesses && !_include.Match(facts, serviceName)) || _exclude.Match(facts, serviceName);

    private static bool Contains(PortRange[] ranges, int port)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(port))
            {
                return true;
            }
        }

        return false;
    }

    private sealed class Criteria(ProcessCriteria from)
    {
        private readonly string[] _executables = [.. from.Executables];
        private readonly string[] _commandLines = [.. from.CommandLines];
        private readonly string[] _containers = [.. from.Containers];
        private readonly string[] _services = [.. from.Services];

        public PortRange[] Ports { get; } = [.. from.Ports];

        public bool NamesProcesses => _executables.Length + _commandLines.Length + _containers.Length + _services.Length > 0;

        public bool Match(ProcessFacts facts, string serviceName) =>
            Matches(_executables, facts.ExecutablePath)
            || Matches(_services, serviceName)
            || Matches(_containers, facts.ContainerName)
            || Matches(_containers, facts.ContainerId)
            || (facts.ContainerId is { } id && _containers.Any(name => name.Length >= ShortContainerId && id.StartsWith(name, StringComparison.Ordinal)))
            || (_commandLines.Length > 0 && Matches(_commandLines, string.Join(' ', facts.Arguments)));

        private static bool Matches(string[] patterns, string? text)
        {
            if (text is null)
            {
                return false;
            }

            foreach (var pattern in patterns)
            {
                if (FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: false))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
