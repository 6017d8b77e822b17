using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Output;

/// <summary>The text form, for people.</summary>
internal sealed class TextProbeWriter(Stream output, ProbeProgram program, ISymbols symbols, Action<string> complain, TimeProvider time)
    : ProbeWriter(output, program, symbols, complain, time)
{
    private const int LabelWidth = 16;
    private const int CountWidth = 8;
    private const int BarWidth = 52;

    private readonly ByteText _field = new();

    public override void Attaching(int probes) => Text.Append($"Attaching {probes} probe{(probes == 1 ? "" : "s")}...\n");

    public override void Lost(long events) => Text.Append($"Lost {events} events\n");

    public override void Write(MapSnapshot snapshot, int top = 0, int divisor = 0)
    {
        ProbeMap map = snapshot.Map;
        bool isFirst = true;
        foreach (MapRow row in Rows(snapshot, top))
        {
            // What takes lines of its own, or did in some version of bpftrace, has none between two rows.
            Text.Append((byte)'\n', isFirst || EndsItself(map.ValueType) ? 0 : 1);
            isFirst = false;
            Text.Append(map.Name);
            AppendKey(map.KeyTypes, row.Key);
            Text.Append(": "u8);
            AppendCell(map, row.Cell, divisor);
        }

        bool isMean = map.Aggregation is { Kind: AggregationKind.Average or AggregationKind.Statistics };
        Text.Append((byte)'\n', isMean ? 2 : 1);
    }

    private protected override void WriteMessage(string type, ByteText content, bool endsLine)
    {
        Text.Append(content.Written);
        Text.Append((byte)'\n', endsLine ? 1 : 0);
    }

    private protected override void WriteValue(ProbeType type, ReadOnlySpan<byte> value)
    {
        Values.Append(Text, type, value);
        Text.Append("\n"u8);
    }

    private static bool EndsItself(ProbeType type) => type is RenderedType
    {
        Rendering: Rendering.KernelStack or Rendering.UserStack or Rendering.KernelSymbol or Rendering.UserSymbol or Rendering.InternetAddress
    };

    private void AppendKey(IReadOnlyList<ProbeType> types, ReadOnlySpan<byte> key)
    {
        if (types.Count == 0)
        {
            return;
        }

        Text.Append("["u8);
        for (int i = 0; i < types.Count; i++)
        {
            Text.Append(i == 0 ? "" : ", ");
            Values.AppendKey(Text, types[i], ValueText.Take(ref key, types[i]));
        }

        Text.Append("]"u8);
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
                Text.Append($"count {mean.Count}, average {MapOrder.Mean(mean)}, total {mean.Total}");
                break;
            case HistogramCell histogram:
                Text.Append("\n"u8);
                AppendBars(map.Aggregation!, histogram.Buckets, divisor);
                break;
            case ValueCell value when map.ValueType is IntegerType type:
                AppendNumber(ValueText.Number(value.Bytes), type.IsSigned, divisor);
                break;
            case ValueCell value:
                Values.Append(Text, map.ValueType, value.Bytes);
                break;
        }
    }

    private void AppendBars(Aggregation aggregation, long[] buckets, int divisor)
    {
        long most = buckets.Max();
        int unit = aggregation.Kind == AggregationKind.PowerOfTwo ? Math.Max(1, divisor) : 1;
        (int first, int count) = HistogramBars.Shown(buckets).GetOffsetAndLength(buckets.Length);
        for (int i = first; i < first + count; i++)
        {
            _field.Clear();
            _field.Append(HistogramBars.Label(aggregation, i, buckets.Length));
            Text.AppendField(_field.Written, LabelWidth, isLeft: true);
            _field.Clear();
            _field.Append((ulong)(buckets[i] / unit));
            Text.AppendField(_field.Written, CountWidth, isLeft: false);
            // In single precision, as bpftrace counts it: the last character depends on it.
            int width = (int)(buckets[i] / (float)most * BarWidth);
            Text.Append(" |"u8);
            Text.Append((byte)'@', width);
            Text.Append((byte)' ', BarWidth - width);
            Text.Append("|\n"u8);
        }
    }
}
