namespace Sonde.Agent.Configuration;

/// <summary>What the environment says of Sonde itself: <c>OTEL_RESOURCE_ATTRIBUTES</c> and <c>OTEL_SERVICE_NAME</c>.</summary>
internal static class ResourceAttributes
{
    /// <summary>Reads the attributes; as the specification demands, one that is malformed voids them all.</summary>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence when the value is void.</param>
    public static IReadOnlyList<KeyValuePair<string, object>> Read(Func<string, string?> environment, ICollection<string> warnings)
    {
        var attributes = new List<KeyValuePair<string, object>>();
        if (environment("OTEL_SERVICE_NAME")?.Trim() is { Length: > 0 } service)
        {
            attributes.Add(new("service.name", service));
        }

        string text = environment("OTEL_RESOURCE_ATTRIBUTES") ?? "";
        var read = new List<KeyValuePair<string, object>>();
        foreach (string item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                warnings.Add($"OTEL_RESOURCE_ATTRIBUTES is passed over: '{item}' is not key=value");
                return attributes;
            }

            read.Add(new(Uri.UnescapeDataString(item[..equals].Trim()), Uri.UnescapeDataString(item[(equals + 1)..].Trim())));
        }

        return [.. attributes, .. read];
    }
}
