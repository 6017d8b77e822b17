namespace Sonde.Telemetry.Resources;

/// <summary>
/// What a process, a container or Sonde itself is to OpenTelemetry: the attributes that its spans and metrics share.
/// Immutable; writers may cache their encoding of it by reference.
/// </summary>
public sealed class Resource
{
    /// <param name="attributes">Keys and values; a value is a <see cref="string"/>, <see cref="long"/>, <see cref="double"/>,
    /// <see cref="bool"/> or an array of strings. The first of two equal keys wins.</param>
    public Resource(IEnumerable<KeyValuePair<string, object>> attributes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Attributes = [.. attributes.Where(attribute => seen.Add(attribute.Key))];
        ServiceName = Attributes.FirstOrDefault(attribute => attribute.Key == "service.name").Value as string ?? "unknown_service";
    }

    /// <summary>All attributes, each key once.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Attributes { get; }

    /// <summary>The value of <c>service.name</c>.</summary>
    public string ServiceName { get; }
}
