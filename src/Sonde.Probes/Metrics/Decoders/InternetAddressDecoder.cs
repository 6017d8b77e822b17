using System.Net;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>An IPv4 address as it lies in memory.</summary>
internal sealed class InternetAddressDecoder : IKeyDecoder
{
    public object? Decode(long number) => new IPAddress((uint)number).ToString();
}
