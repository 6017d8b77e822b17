using System.Globalization;
using System.Text;
using Sonde.Probes.Metrics.Decoders;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics;

/// <summary>Makes a part of a map's key an attribute.</summary>
internal sealed class KeyReader
{
    private readonly ProbeType _type;
    private readonly IKeyDecoder? _decoder;
    private readonly IReadOnlyDictionary<string, string> _values;
    private readonly IReadOnlyDictionary<long, string>? _names;
    private readonly ValueText _text;
    private readonly ByteText _scratch = new();

    /// <param name="attribute">The attribute.</param>
    /// <param name="type">What lies in the key.</param>
    /// <param name="text">Tells what has no decoder.</param>
    /// <param name="context">What decoders ask.</param>
    /// <exception cref="ProbeException">The decoder needs a number and there is none, or the kernel has no such enumeration.</exception>
    public KeyReader(KeyAttribute attribute, ProbeType type, ValueText text, DecoderContext context)
    {
        bool isNumber = type is IntegerType or PointerType;
        if (!isNumber && (attribute.Decoder ?? attribute.Enumeration) is { } wanted)
        {
            throw new ProbeException($"'{wanted}' decodes numbers, and what becomes '{attribute.Key}' is text already: leave the decoder off", SourceSpan.None);
        }

        Key = attribute.Key;
        _type = type;
        _text = text;
        _values = attribute.Values;
        bool isProcess = context.LendsResources && isNumber && attribute.Key == "process.pid";
        _decoder = (attribute.Decoder ?? (isProcess ? "process" : null)) is { } name ? DecoderCatalog.Create(name, context) : null;
        _names = attribute.Enumeration is { } enumeration ? EnumerationNames.Find(enumeration, context.Types) : null;
    }

    /// <summary>The attribute's key.</summary>
    public string Key { get; }

    /// <summary>The attribute's value; null to leave it off.</summary>
    public object? Read(ReadOnlySpan<byte> part)
    {
        if (_type is IntegerType or PointerType)
        {
            long number = ValueText.Number(part);
            return _values.GetValueOrDefault(number.ToString(CultureInfo.InvariantCulture))
                ?? (_names is not null ? _names.GetValueOrDefault(number) ?? (object)number : _decoder is not null ? _decoder.Decode(number) : number);
        }

        _scratch.Clear();
        _text.Append(_scratch, _type, part);
        string text = Encoding.UTF8.GetString(_scratch.Written);
        return _values.GetValueOrDefault(text) ?? (text.Length > 0 ? text : null);
    }

    /// <summary>Whose resource the part asks for; null for none.</summary>
    public Resource? ResourceOf(ReadOnlySpan<byte> part) => _decoder?.ResourceOf(ValueText.Number(part));
}
