using System.Text;

namespace Sonde.Telemetry.Attributes;

/// <summary>The key of an attribute, made once and shared: writers copy its bytes, comparisons are by reference.</summary>
public sealed class AttributeKey
{
    private readonly byte[] _utf8;

    /// <param name="name">The key as the semantic conventions spell it.</param>
    public AttributeKey(string name)
    {
        Name = name;
        _utf8 = Encoding.UTF8.GetBytes(name);
    }

    /// <summary>The key as the semantic conventions spell it.</summary>
    public string Name { get; }

    /// <summary>The key's bytes on the wire.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
