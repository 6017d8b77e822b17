namespace Sonde.Telemetry.Attributes;

/// <summary>What an attribute's value is.</summary>
public enum AttributeKind : byte
{
    Text,
    Integer,
    Double,
    Boolean,

    /// <summary>A list of texts, each ended by a zero byte.</summary>
    Texts,
}

/// <summary>Where an attribute goes beside the span.</summary>
[Flags]
public enum AttributeUse : byte
{
    /// <summary>On the span alone.</summary>
    Span = 0,

    /// <summary>On the span and on the request metric: of low cardinality.</summary>
    Metric = 1,
}

/// <summary>One attribute of a <see cref="Spans.SpanData"/>; text lies in the span's own buffer.</summary>
public readonly record struct SpanAttribute(
    AttributeKey Key, AttributeKind Kind, AttributeUse Use, long Number, int Offset, int Length)
{
    /// <summary>The value of a <see cref="AttributeKind.Double"/>.</summary>
    public double Double => BitConverter.Int64BitsToDouble(Number);
}
