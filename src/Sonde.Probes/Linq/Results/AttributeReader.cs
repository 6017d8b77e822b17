using Sonde.Probes.Linq.Translation;

namespace Sonde.Probes.Linq.Results;

/// <summary>The parts of a key as attributes.</summary>
internal sealed class AttributeReader
{
    private readonly string[] _names;

    /// <param name="key">The key.</param>
    /// <param name="names">An attribute for each part; null to call them as the parts are called.</param>
    /// <exception cref="ArgumentException">There are not as many names as parts.</exception>
    public AttributeReader(ResultShape key, IReadOnlyList<string>? names)
    {
        string[] parts = [.. key.Leaves.Select(leaf => leaf.Name)];
        _names = names is null ? [.. parts.Select(EventRecord.LowerCase)] : [.. names];
        if (_names.Length != parts.Length)
        {
            throw new ArgumentException($"The key has {parts.Length} parts ({string.Join(", ", parts)}), and there are {_names.Length} attributes: name one for each.", nameof(names));
        }
    }

    /// <param name="values">The key's parts, in order.</param>
    public KeyValuePair<string, object?>[] Read(IReadOnlyList<object?> values) => [.. _names.Zip(values, (name, value) => KeyValuePair.Create(name, Told(value)))];

    /// <summary>Attributes are numbers, text or truth.</summary>
    private static object? Told(object? value) => value switch
    {
        string or bool or double => value,
        Enum constant => EventRecord.LowerCase(constant.ToString()),
        _ when Constants.TryNumber(value, out long number) => number,
        _ => value?.ToString(),
    };
}
