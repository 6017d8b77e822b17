using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using Sonde.Discovery.Procfs;

namespace Sonde.Discovery.Resources;

/// <summary>What a process says of itself: <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> (OpenTelemetry specification, resource SDK).</summary>
/// <param name="ServiceName">Its service name, from the first of the two that has one.</param>
/// <param name="Attributes">The other attributes, in their order; all values are text.</param>
internal sealed record DeclaredAttributes(string? ServiceName, IReadOnlyList<KeyValuePair<string, object>> Attributes)
{
    private const string ServiceNameKey = "service.name";

    public static readonly DeclaredAttributes None = new(null, []);

    public static DeclaredAttributes From(ProcessEnvironment environment)
    {
        var attributes = environment.ResourceAttributes is { } text ? ParseList(text) : [];
        // Of equal keys the last one counts, as in a map that is filled in order.
        var name = attributes.LastOrDefault(attribute => attribute.Key == ServiceNameKey).Value as string;
        attributes.RemoveAll(attribute => attribute.Key == ServiceNameKey);
        attributes.Reverse();
        var serviceName = environment.ServiceName ?? (string.IsNullOrEmpty(name) ? null : name);
        return serviceName is null && attributes.Count == 0 ? None : new DeclaredAttributes(serviceName, attributes);
    }

    /// <summary>Reads <c>key=value,key=value</c>, both percent-encoded. A list with a fault is void as a whole, as the specification has it.</summary>
    internal static List<KeyValuePair<string, object>> ParseList(string text)
    {
        var attributes = new List<KeyValuePair<string, object>>();
        foreach (var range in text.AsSpan().Split(','))
        {
            var entry = text.AsSpan()[range].Trim();
            if (entry.IsEmpty)
            {
                continue;
            }

            var equals = entry.IndexOf('=');
            if (equals <= 0 || !TryDecode(entry[..equals].Trim(), out var key) || !TryDecode(entry[(equals + 1)..].Trim(), out var value))
            {
                return [];
            }

            attributes.Add(new(key, value));
        }

        return attributes;
    }

    private static bool TryDecode(ReadOnlySpan<char> text, out string decoded)
    {
        decoded = "";
        if (!text.Contains('%'))
        {
            decoded = text.ToString();
            return true;
        }

        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        var length = 0;
        for (var index = 0; index < bytes.Length; index++)
        {
            var value = bytes[index];
            if (value == '%')
            {
                if (index + 2 >= bytes.Length || !Utf8Parser.TryParse(bytes.AsSpan(index + 1, 2), out value, out var digits, 'X') || digits != 2)
                {
                    return false;
                }

                index += 2;
            }

            bytes[length++] = value;
        }

        if (!Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(bytes, 0, length);
        return true;
    }
}
