using System.Text;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Output;

/// <summary>The JSON form, one object a line; text that is no UTF-8 gets U+FFFD, where bpftrace 0.17 writes what no parser takes.</summary>
internal sealed class JsonProbeWriter(Stream output, ProbeProgram program, ISymbols symbols, Action<string> complain, TimeProvider time)
    : ProbeWriter(output, program, symbols, complain, time)
{
    private readonly ByteText _scratch = new();

    public override void Attaching(int probes) => Text.Append($$$"""{"type": "attached_probes", "data": {"probes": {{{probes}}}}}{{{'\n'}}}""");

    public override void Lost(long events) => Text.Append($$$"""{"type": "lost_events", "data": {"events": {{{events}}}}}{{{'\n'}}}""");

    public override void Write(MapSnapshot snapshot, int top = 0, int divisor = 0)
    {
        ProbeMap map = snapshot.Map;
        if (snapshot.Rows.Count == 0)
        {
            return;
        }

        string type = map.Aggregation?.Kind switch
        {
            AggregationKind.PowerOfTwo or AggregationKind.Linear => "hist",
            AggregationKind.Average or AggregationKind.Statistics => "stats",
            _ => "map",
        };
        bool hasKeys = map.KeyTypes.Count > 0;
        Text.Append($$"""{"type": "{{type}}", "data": {"{{map.Name}}": {{(hasKeys ? "{" : "")}}""");
        bool isFirst = true;
        foreach (MapRow row in Rows(snapshot, top))
        {
            Text.Append(isFirst ? "" : ", ");
            isFirst = false;
            if (hasKeys)
            {
                AppendKey(map.KeyTypes, row.Key);
                Text.Append(": "u8);
            }

            AppendCell(map, row.Cell, divisor);
        }

        Text.Append(hasKeys ? "}}}\n" : "}}\n");
    }

    private protected override void WriteMessage(string type, ByteText content, bool endsLine)
    {
        Text.Append($$"""{"type": "{{type}}", "data": """);
        AppendQuoted(content.Written);
        Text.Append("}\n"u8);
    }

    private protected override void WriteValue(ProbeType type, ReadOnlySpan<byte> value)
    {
        Text.Append("""{"type": "value", "data": """u8);
        AppendValue(type, value);
        Text.Append("}\n"u8);
    }

    /// <summary>The parts of a key in one string, with commas.</summary>
    private void AppendKey(IReadOnlyList<ProbeType> types, ReadOnlySpan<byte> key)
    {
        _scratch.Clear();
        for (int i = 0; i < types.Count; i++)
        {
            _scratch.Append(i == 0 ? "" : ",");
            Values.AppendKey(_scratch, types[i], ValueText.Take(ref key, types[i]));
        }

        AppendQuoted(_scratch.Written);
    }

    private void AppendValue(ProbeType type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case TupleType tuple:
                for (int i = 0; i < tuple.Items.Count; i++)
                {
                    Text.Append(i == 0 ? "[" : ",");
                    AppendValue(tuple.Items[i], ValueText.Take(ref value, tuple.Items[i]));
                }

                Text.Append("]"u8);
                break;
            case IntegerType or PointerType:
                Values.Append(Text, type, value);
                break;
            default:
                _scratch.Clear();
                Values.Append(_scratch, type, value);
                AppendQuoted(_scratch.Written);
                break;
        }
    }

    private void AppendCell(ProbeMap map, MapCell cell, int divisor)
    {
        switch (cell)
        {
            case NumberCell number:
                AppendNumber(number.Value, map.Aggregation!.IsSigned, divisor);
                break;
            case MeanCell mean when map.Aggregation!.Kind == AggregationKind.Average:
                AppendNumber(MapOrder.Mean(mean), isSigned: true, divisor);
                break;
            case MeanCell mean:
                Text.Append($$"""{"count": {{mean.Count}}, "average": {{MapOrder.Mean(mean)}}, "total": {{mean.Total}}}""");
                break;
            case HistogramCell histogram:
                AppendBuckets(map.Aggregation!, histogram.Buckets, divisor);
                break;
            case ValueCell value when map.ValueType is IntegerType type:
                AppendNumber(ValueText.Number(value.Bytes), type.IsSigned, divisor);
                break;
            case ValueCell value:
                AppendValue(map.ValueType, value.Bytes);
                break;
        }
    }

    private void AppendBuckets(Aggregation aggregation, long[] buckets, int divisor)
    {
        int unit = aggregation.Kind == AggregationKind.PowerOfTwo ? Math.Max(1, divisor) : 1;
        (int first, int count) = HistogramBars.Shown(buckets).GetOffsetAndLength(buckets.Length);
        Text.Append("["u8);
        for (int i = first; i < first + count; i++)
        {
            (long? least, long? greatest) = HistogramBars.Bounds(aggregation, i, buckets.Length);
            Text.Append(i == first ? "{" : ", {");
            Text.Append(least is { } min ? $"\"min\": {min}, " : "");
            Text.Append(greatest is { } max ? $"\"max\": {max}, " : "");
            Text.Append($"\"count\": {buckets[i] / unit}}}");
        }

        Text.Append("]"u8);
    }

    private void AppendQuoted(ReadOnlySpan<byte> text)
    {
        Text.Append("\""u8);
        while (!text.IsEmpty)
        {
            bool isWhole = Rune.DecodeFromUtf8(text, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            switch (rune.Value)
            {
                case '"' or '\\':
                    Text.Append((byte)'\\', 1);
                    Text.Append(text[..1]);
                    break;
                case '\n':
                    Text.Append("\\n"u8);
                    break;
                case '\r':
                    Text.Append("\\r"u8);
                    break;
                case '\t':
                    Text.Append("\\t"u8);
                    break;
                case < 0x20:
                    Text.Append("\\u"u8);
                    Text.Append((ulong)rune.Value, "x4");
                    break;
                default:
                    Text.Append(isWhole ? text[..length] : "\ufffd"u8);
                    break;
            }

            text = text[length..];
        }

        Text.Append("\""u8);
    }
}
