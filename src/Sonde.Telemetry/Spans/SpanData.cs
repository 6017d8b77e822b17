using System.Text.Unicode;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Spans;

/// <summary>
/// One span, while it is being made and until its exporters have taken it. The objects are pooled and reused: setting,
/// reading and returning one does not allocate once its buffers have grown to what the traffic needs.
/// Not thread-safe: a span belongs to the tracer's thread.
/// </summary>
public class SpanData
{
    /// <summary>Longer texts are cut at a character; <see cref="IsCut"/> says so.</summary>
    public const int MaxTextLength = 4096;

    private SpanAttribute[] _attributes = new SpanAttribute[24];
    private byte[] _text = new byte[512];
    private ulong _keys;
    private int _count;
    private int _textLength;
    private int _nameOffset;
    private int _nameLength;

    public TraceId TraceId { get; set; }

    public SpanId SpanId { get; set; }

    public SpanId ParentSpanId { get; set; }

    /// <summary>Whether the parent lies outside of this machine's view or is remote: it came with the request's headers.</summary>
    public bool ParentIsRemote { get; set; }

    public SpanKind Kind { get; set; }

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong StartTime { get; set; }

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong EndTime { get; set; }

    public SpanStatus Status { get; set; }

    /// <summary>The process that the span belongs to.</summary>
    public Resource? Resource { get; set; }

    /// <summary>The histogram that counts the request, or null when none does.</summary>
    public RequestInstrument? Instrument { get; set; }

    /// <summary>
    /// Whether the span is sampled, hence exported. Attributes without <see cref="AttributeUse.Metric"/> need not be set when it is not.
    /// </summary>
    public bool IsSampled { get; set; }

    /// <summary>Whether a text was longer than what is kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The span's name, UTF-8.</summary>
    public ReadOnlySpan<byte> Name => _text.AsSpan(_nameOffset, _nameLength);

    /// <summary>The attributes in the order they were first set.</summary>
    public ReadOnlySpan<SpanAttribute> Attributes => _attributes.AsSpan(0, _count);

    /// <summary>The value of a text attribute, or of a list of them, of this span, UTF-8, valid until the span is changed.</summary>
    public ReadOnlySpan<byte> Text(in SpanAttribute attribute) => _text.AsSpan(attribute.Offset, attribute.Length);

    /// <summary>Sets the name from UTF-8 bytes; bytes that are not are replaced.</summary>
    public void SetName(ReadOnlySpan<byte> name) => (_nameOffset, _nameLength) = Append(name);

    /// <summary>Sets the name to two parts with a space between them, such as method and route.</summary>
    public void SetName(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        (_nameOffset, int length) = Append(first);
        length += Append(" "u8).Length;
        _nameLength = length + Append(second).Length;
    }

    /// <summary>Sets a text attribute, replacing an earlier value of the key; bytes that are not UTF-8 are replaced.</summary>
    public void Set(AttributeKey key, ReadOnlySpan<byte> value, AttributeUse use = AttributeUse.Span)
    {
        (int offset, int length) = Append(value);
        Put(new SpanAttribute(key, AttributeKind.Text, use, 0, offset, length));
    }

    /// <summary>Sets an attribute that is a list of texts, each ended by a zero byte, replacing an earlier value of the key.</summary>
    public void SetTexts(AttributeKey key, ReadOnlySpan<byte> texts)
    {
        (int offset, int length) = Append(texts);
        Put(new SpanAttribute(key, AttributeKind.Texts, AttributeUse.Span, 0, offset, length));
    }

    /// <summary>Takes the first off a list of texts.</summary>
    /// <returns>False when there is none left.</returns>
    public static bool TryTakeText(ref ReadOnlySpan<byte> texts, out ReadOnlySpan<byte> text)
    {
        int end = texts.IndexOf((byte)0);
        text = end < 0 ? default : texts[..end];
        texts = end < 0 ? default : texts[(end + 1)..];
        return end >= 0;
    }

    /// <summary>Sets an integer attribute, replacing an earlier value of the key.</summary>
    public void Set(AttributeKey key, long value, AttributeUse use = AttributeUse.Span) =>
        Put(new SpanAttribute(key, AttributeKind.Integer, use, value, 0, 0));

    /// <summary>Sets a floating-point attribute, replacing an earlier value of the key.</summary>
    public void Set(AttributeKey key, double value, AttributeUse use = AttributeUse.Span) =>
        Put(new SpanAttribute(key, AttributeKind.Double, use, BitConverter.DoubleToInt64Bits(value), 0, 0));

    /// <summary>Sets a Boolean attribute, replacing an earlier value of the key.</summary>
    public void Set(AttributeKey key, bool value, AttributeUse use = AttributeUse.Span) =>
        Put(new SpanAttribute(key, AttributeKind.Boolean, use, value ? 1 : 0, 0, 0));

    /// <summary>Finds an attribute by its key.</summary>
    public bool TryGet(AttributeKey key, out SpanAttribute attribute)
    {
        int index = IndexOf(key);
        attribute = index < 0 ? default : _attributes[index];
        return index >= 0;
    }

    /// <summary>Makes the object as new, keeping its buffers. For the pool that owns it.</summary>
    public virtual void Reset()
    {
        TraceId = default;
        SpanId = default;
        ParentSpanId = default;
        ParentIsRemote = false;
        Kind = default;
        StartTime = 0;
        EndTime = 0;
        Status = default;
        Resource = null;
        Instrument = null;
        IsSampled = false;
        IsCut = false;
        _keys = 0;
        _count = 0;
        _textLength = 0;
        _nameOffset = 0;
        _nameLength = 0;
    }

    private void Put(in SpanAttribute attribute)
    {
        int index = IndexOf(attribute.Key);
        if (index < 0)
        {
            if (_count == _attributes.Length)
            {
                Array.Resize(ref _attributes, _count * 2);
            }

            index = _count++;
            _keys |= attribute.Key.Bit;
        }

        _attributes[index] = attribute;
    }

    private int IndexOf(AttributeKey key)
    {
        if ((_keys & key.Bit) == 0)
        {
            return -1;
        }

        for (int i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_attributes[i].Key, key))
            {
                return i;
            }
        }

        return -1;
    }

    private (int Offset, int Length) Append(ReadOnlySpan<byte> value)
    {
        if (value.Length > MaxTextLength)
        {
            IsCut = true;
            value = value[..MaxTextLength];
            while (value.Length > MaxTextLength - 4 && !Utf8.IsValid(value))
            {
                value = value[..^1];
            }
        }

        if (!Utf8.IsValid(value))
        {
            return AppendRepaired(value);
        }

        int offset = Reserve(value.Length);
        value.CopyTo(_text.AsSpan(offset));
        return (offset, value.Length);
    }

    /// <summary>OTLP's strings must be UTF-8, what stands in a request need not be: every bad byte becomes U+FFFD.</summary>
    private (int Offset, int Length) AppendRepaired(ReadOnlySpan<byte> value)
    {
        string repaired = System.Text.Encoding.UTF8.GetString(value);
        int length = System.Text.Encoding.UTF8.GetByteCount(repaired);
        int offset = Reserve(length);
        System.Text.Encoding.UTF8.GetBytes(repaired, _text.AsSpan(offset));
        return (offset, length);
    }

    private int Reserve(int length)
    {
        int offset = _textLength;
        if (offset + length > _text.Length)
        {
            Array.Resize(ref _text, Math.Max(offset + length, _text.Length * 2));
        }

        _textLength = offset + length;
        return offset;
    }
}
