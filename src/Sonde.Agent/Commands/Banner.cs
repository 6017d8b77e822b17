using Sonde.Agent.Configuration;
using Sonde.Discovery;

namespace Sonde.Agent.Commands;

/// <summary>The two lines with which <c>sonde run</c> begins on a terminal.</summary>
internal static class Banner
{
    /// <summary>Says what is traced, where it goes and how to end it.</summary>
    public static string For(SondeSettings settings)
    {
        ProcessCriteria include = settings.Discovery.Include;
        bool all = include.Executables.Count + include.CommandLines.Count + include.Containers.Count + include.Services.Count + include.Ports.Count == 0;
        string protocols = string.Join(", ", settings.Tracing.Protocols);
        string target = settings.Export.Traces.Count == 0
            ? "kept for metrics only"
            : string.Join(" and ", settings.Export.Traces.Select(exporter => exporter.Describe(settings.Environment)));
        return $"""
            sonde {ProgramVersion.Text} traces the {protocols} requests of {(all ? "all" : "some")} processes; spans are {target}.
            Ctrl-C ends it. Narrow it down with --service, --status or --min-duration; 'sonde top' sums it up.

            """;
    }
}
