using Sonde.Agent.Commands;
using Sonde.Telemetry.Resources;

namespace Sonde.Agent.Pipeline;

/// <summary>What Sonde is to OpenTelemetry.</summary>
internal static class OwnResource
{
    /// <param name="attributes">From the settings; they win.</param>
    public static Resource Create(IReadOnlyList<KeyValuePair<string, object>> attributes) => new(
    [
        .. attributes,
        new("service.name", "sonde"),
        new("service.version", ProgramVersion.Text),
        new("host.name", Environment.MachineName),
        new("os.type", "linux"),
        new("process.pid", (long)Environment.ProcessId),
        new("telemetry.sdk.language", "dotnet"),
        new("telemetry.distro.name", "sonde"),
        new("telemetry.distro.version", ProgramVersion.Text),
    ]);
}
