using Sonde.Telemetry.Processes;

namespace Sonde.Discovery.Tests;

internal static class ResourceLookup
{
    extension(ObservedProcess process)
    {
        public string Name => process.Resource.ServiceName;

        public object? Attribute(string key) => process.Resource.Attributes.FirstOrDefault(attribute => attribute.Key == key).Value;
    }
}
