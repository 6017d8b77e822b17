using Sonde.Agent.Configuration;
using Sonde.Discovery;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Routes;
using Sonde.Tracing.Sampling;

namespace Sonde.Agent.Pipeline;

/// <summary>Hands the settings to the parts in the form that each of them wants.</summary>
internal static class SettingsMapping
{
    public static Sonde.Tracing.TracingSettings ToTracing(TracingSettings settings) => new()
    {
        RequestCapture = settings.RequestBytes,
        ResponseCapture = settings.ResponseBytes,
        RingBytes = settings.RingBufferSize,
        QuietAfter = settings.QuietAfter,
        PollInterval = settings.PollInterval,
        MaxConnections = settings.MaxConnections,
        UnixSockets = settings.UnixSockets,
        Protocols = settings.Protocols,
        Sampler = ToSampler(settings.Sampling),
        ProtocolSettings = new ProtocolSettings
        {
            Http = new HttpSettings
            {
                RedactQueryValues = settings.RedactQuery,
                Routes = new RouteSettings { Patterns = settings.RoutePatterns, MaxPerService = settings.MaxRoutesPerService },
            },
        },
    };

    public static DiscoverySettings ToDiscovery(ProcessSettings settings) => new()
    {
        Include = ToCriteria(settings.Include),
        Exclude = ToCriteria(settings.Exclude),
        MaxProcesses = settings.Max,
    };

    private static Sampler ToSampler(Configuration.Sampling sampling) =>
        sampling.ParentBased ? Sampler.ParentBased(Sampler.Ratio(sampling.Ratio)) : Sampler.Ratio(sampling.Ratio);

    private static ProcessCriteria ToCriteria(ProcessSelection selection) => new()
    {
        Executables = [.. selection.Executables],
        CommandLines = [.. selection.CommandLines],
        Containers = [.. selection.Containers],
        Services = [.. selection.Services],
        Ports = [.. selection.Ports.Select(ports => new PortRange(ports.First, ports.Last))],
    };
}
