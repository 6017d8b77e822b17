using System.Globalization;
using Sonde.Probes.Output;

namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A user id.</summary>
internal sealed class UserDecoder : IKeyDecoder
{
    private readonly UserNames _users = new();

    public object? Decode(long number) => _users.Find((uint)number) ?? ((uint)number).ToString(CultureInfo.InvariantCulture);
}
