using System.Reflection;
using Sonde.Discovery.Naming;
using Sonde.Discovery.Processes;
using Sonde.Telemetry.Resources;

namespace Sonde.Discovery.Resources;

/// <summary>Writes what is known of a process as an OpenTelemetry resource (semantic conventions: service, process, host, container, telemetry).</summary>
internal static class ProcessResource
{
    private static readonly string Version =
        ProgramText.UpTo(typeof(ProcessResource).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0", '+');

    /// <summary>The resource; what the process says of itself comes first and so wins.</summary>
    public static Resource Of(ProcessFacts facts, ProgramIdentity identity, HostIdentity host)
    {
        var attributes = new List<KeyValuePair<string, object>>(20) { new("service.name", identity.Name) };
        attributes.AddRange(facts.Declared.Attributes);
        Add("service.version", identity.Version);
        Add("service.instance.id", InstanceId.Of(host, facts.ContainerId, facts.Pid, facts.StartTime));
        Add("process.pid", (long)facts.Pid);
        Add("process.executable.name", facts.ExecutableName is { Length: > 0 } name ? name : null);
        Add("process.executable.path", facts.ExecutablePath);
        Add("process.runtime.name", facts.Runtime?.Name);
        Add("telemetry.sdk.language", facts.Runtime?.Language);
        Add("telemetry.distro.name", "sonde");
        Add("telemetry.distro.version", Version);
        Add("container.id", facts.ContainerId);
        Add("container.name", facts.ContainerName);
        Add("host.name", host.Name);
        Add("host.id", host.Id);
        Add("os.type", "linux");
        return new Resource(attributes);

        void Add(string key, object? value)
        {
            if (value is not null)
            {
                attributes.Add(new(key, value));
            }
        }
    }
}
