using System.Text;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Attributes;

/// <summary>The key of an attribute, made once and shared: writers copy its bytes, comparisons are by reference.</summary>
public sealed class AttributeKey
{
    private static int s_count;

    private readonly byte[] _utf8;
    private readonly byte[] _keyField;

    /// <param name="name">The key as the semantic conventions spell it.</param>
    public AttributeKey(string name)
    {
        Name = name;
        _utf8 = Encoding.UTF8.GetBytes(name);
        var field = new ProtobufWriter(_utf8.Length + 8);
        field.Bytes(1, _utf8);
        _keyField = field.Written.ToArray();
        Bit = 1UL << (Interlocked.Increment(ref s_count) & 63);
    }

    /// <summary>One bit of 64, shared by few keys or none: where it is not set, the key is not there.</summary>
    internal ulong Bit { get; }

    /// <summary>The key as the semantic conventions spell it.</summary>
    public string Name { get; }

    /// <summary>The key's bytes on the wire.</summary>
    public ReadOnlySpan<byte> Utf8 => _utf8;

    /// <summary>The field <c>key</c> of <c>opentelemetry.proto.common.v1.KeyValue</c>, encoded.</summary>
    internal ReadOnlySpan<byte> KeyField => _keyField;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
