using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Otlp;

/// <summary>
/// Writes attributes as <c>opentelemetry.proto.common.v1.KeyValue</c> (common.proto): key = 1, value = 2, an <c>AnyValue</c>
/// with string_value = 1, bool_value = 2, int_value = 3, double_value = 4, array_value = 5.
/// </summary>
internal static class AttributeEncoder
{
    private const byte KeyTag = 0x0a;
    private const byte ValueTag = 0x12;
    private const byte TextTag = 0x0a;
    private const byte BooleanTag = 0x10;
    private const byte IntegerTag = 0x18;
    private const byte DoubleTag = 0x21;
    private const int ArrayField = 5;
    private const int ArrayValuesField = 1;

    /// <summary>
    /// Writes one attribute of a span. This is most of what a span costs, so the lengths are worked out first and the field
    /// is written in one go.
    /// </summary>
    /// <param name="writer">Where to.</param>
    /// <param name="field">The number of the <c>repeated KeyValue</c> in the message that is open; below 16, a tag of one byte.</param>
    /// <param name="span">The span that holds the text.</param>
    /// <param name="attribute">The attribute.</param>
    public static void Write(ProtobufWriter writer, int field, SpanData span, in SpanAttribute attribute)
    {
        if (attribute.Kind == AttributeKind.Texts)
        {
            WriteTexts(writer, field, attribute.Key, span.Text(attribute));
            return;
        }

        ReadOnlySpan<byte> key = attribute.Key.KeyField;
        int valueLength = attribute.Kind switch
        {
            AttributeKind.Text => 1 + ProtobufWriter.VarintLength((uint)attribute.Length) + attribute.Length,
            AttributeKind.Integer => 1 + ProtobufWriter.VarintLength((ulong)attribute.Number),
            AttributeKind.Double => 1 + sizeof(double),
            _ => 2,
        };
        int length = key.Length + 1 + ProtobufWriter.VarintLength((uint)valueLength) + valueLength;

        Span<byte> room = writer.Take(1 + ProtobufWriter.VarintLength((uint)length) + length);
        room[0] = (byte)((field << 3) | (int)WireType.Bytes);
        int at = PutVarint(room, 1, (uint)length);
        key.CopyTo(room[at..]);
        at += key.Length;
        room[at++] = ValueTag;
        at = PutVarint(room, at, (uint)valueLength);
        switch (attribute.Kind)
        {
            case AttributeKind.Text:
                room[at++] = TextTag;
                at = PutVarint(room, at, (uint)attribute.Length);
                span.Text(attribute).CopyTo(room[at..]);
                break;
            case AttributeKind.Integer:
                room[at++] = IntegerTag;
                PutVarint(room, at, (ulong)attribute.Number);
                break;
            case AttributeKind.Double:
                room[at++] = DoubleTag;
                BinaryPrimitives.WriteInt64LittleEndian(room[at..], attribute.Number);
                break;
            default:
                room[at++] = BooleanTag;
                room[at] = (byte)attribute.Number;
                break;
        }
    }

    /// <summary>Writes a key with a value that is a string, long, double, Boolean or a list of strings; any other as its text.</summary>
    public static void Write(ProtobufWriter writer, int field, string key, object value)
    {
        int attribute = writer.Begin(field);
        writer.Text(KeyTag >> 3, key);
        int any = writer.Begin(ValueTag >> 3);
        switch (value)
        {
            case string text:
                writer.Text(TextTag >> 3, text);
                break;
            case bool flag:
                writer.Varint(BooleanTag >> 3, flag ? 1u : 0u);
                break;
            case int number:
                writer.Varint(IntegerTag >> 3, (ulong)number);
                break;
            case long number:
                writer.Varint(IntegerTag >> 3, (ulong)number);
                break;
            case double number:
                writer.Double(DoubleTag >> 3, number);
                break;
            case IEnumerable<string> texts:
                int array = writer.Begin(ArrayField);
                foreach (string text in texts)
                {
                    int element = writer.Begin(ArrayValuesField);
                    writer.Text(TextTag >> 3, text);
                    writer.End(element);
                }

                writer.End(array);
                break;
            default:
                writer.Text(TextTag >> 3, value.ToString() ?? "");
                break;
        }

        writer.End(any);
        writer.End(attribute);
    }

    private static void WriteTexts(ProtobufWriter writer, int field, AttributeKey key, ReadOnlySpan<byte> texts)
    {
        int attribute = writer.Begin(field);
        writer.Bytes(KeyTag >> 3, key.Utf8);
        int any = writer.Begin(ValueTag >> 3);
        int array = writer.Begin(ArrayField);
        while (SpanData.TryTakeText(ref texts, out ReadOnlySpan<byte> text))
        {
            int element = writer.Begin(ArrayValuesField);
            writer.Bytes(TextTag >> 3, text);
            writer.End(element);
        }

        writer.End(array);
        writer.End(any);
        writer.End(attribute);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PutVarint(Span<byte> room, int at, ulong value)
    {
        // Almost every length and number is that short.
        if (value < 0x80)
        {
            room[at] = (byte)value;
            return at + 1;
        }

        return PutLongVarint(room, at, value);
    }

    private static int PutLongVarint(Span<byte> room, int at, ulong value)
    {
        while (value >= 0x80)
        {
            room[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[at++] = (byte)value;
        return at;
    }
}
