using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Output;

/// <summary>
/// Writes what a program tells, as bpftrace 0.17 does: its <c>printf()</c> and the like as they come, its maps when asked for and at the end.
/// For one thread at a time.
/// </summary>
public abstract class ProbeWriter
{
    /// <summary>A file that <c>cat()</c> shows is cut here, as in bpftrace.</summary>
    private const int MaxFileBytes = 10_240;

    private readonly Stream _output;
    private readonly Action<string> _complain;
    private readonly ProbeClock _clock;
    private readonly Dictionary<FormatOutput, PrintFormat> _formats = new(ReferenceEqualityComparer.Instance);
    private readonly ByteText _content = new();

    private protected ProbeWriter(Stream output, ProbeProgram program, ISymbols symbols, Action<string> complain, TimeProvider time)
    {
        _output = output;
        _complain = complain;
        _clock = new ProbeClock(time);
        Values = new ValueText(program, symbols, _clock);
    }

    private protected ByteText Text { get; } = new();

    private protected ValueText Values { get; }

    /// <summary>A writer of bpftrace's text.</summary>
    /// <param name="output">Gets the text at each <see cref="Flush"/>; stays open.</param>
    /// <param name="program">Whose output it is.</param>
    /// <param name="symbols">Names addresses.</param>
    /// <param name="complain">Gets a sentence about what cannot be shown, such as a missing file of <c>cat()</c>.</param>
    /// <param name="time">The clock and its time zone.</param>
    public static ProbeWriter OfText(Stream output, ProbeProgram program, ISymbols symbols, Action<string> complain, TimeProvider? time = null) =>
        new TextProbeWriter(output, program, symbols, complain, time ?? TimeProvider.System);

    /// <summary>A writer of bpftrace's JSON, one object a line.</summary>
    /// <inheritdoc cref="OfText"/>
    public static ProbeWriter OfJson(Stream output, ProbeProgram program, ISymbols symbols, Action<string> complain, TimeProvider? time = null) =>
        new JsonProbeWriter(output, program, symbols, complain, time ?? TimeProvider.System);

    /// <summary>The probes are about to be attached.</summary>
    public abstract void Attaching(int probes);

    /// <summary>So many events did not fit in the ring buffer.</summary>
    public abstract void Lost(long events);

    /// <summary>An event of <c>printf()</c>, <c>cat()</c>, <c>join()</c>, <c>time()</c> or <c>print()</c> of a value.</summary>
    /// <param name="output">Which; those that are about maps or the end are not for a writer.</param>
    /// <param name="values">The values, each of its type's size.</param>
    public void Write(ProbeOutput output, ReadOnlySpan<byte> values)
    {
        _content.Clear();
        switch (output)
        {
            case FormatOutput { Kind: FormatKind.Print } format:
                FormatOf(format).Append(_content, Values, format.Values, values);
                WriteMessage("printf", _content, endsLine: false);
                break;
            case FormatOutput { Kind: FormatKind.Cat } format:
                FormatOf(format).Append(_content, Values, format.Values, values);
                WriteFile(_content.ToString());
                break;
            case FormatOutput { Kind: FormatKind.Join } format:
                Join(format, values);
                WriteMessage("join", _content, endsLine: true);
                break;
            case TimeOutput time:
                DateFormat.Append(_content, time.Format, _clock.Now);
                WriteMessage("time", _content, endsLine: false);
                break;
            case PrintValueOutput value:
                WriteValue(value.Type, values);
                break;
            default:
                throw new ArgumentException($"A {output.GetType().Name} is not written.", nameof(output));
        }
    }

    /// <summary>A map as it is now.</summary>
    /// <param name="snapshot">The map.</param>
    /// <param name="top">Only so many rows, those with the greatest values; 0 for all.</param>
    /// <param name="divisor">Numbers are divided by it; 0 or 1 for none.</param>
    public abstract void Write(MapSnapshot snapshot, int top = 0, int divisor = 0);

    /// <summary>The end: all maps, by name, and the output is flushed.</summary>
    public void End(IEnumerable<MapSnapshot> snapshots)
    {
        Text.Append("\n\n"u8);
        foreach (MapSnapshot snapshot in snapshots.OrderBy(snapshot => snapshot.Map.Name, StringComparer.Ordinal))
        {
            Write(snapshot);
        }

        Flush();
    }

    /// <summary>Hands what was written to the stream; to be called after a batch of events.</summary>
    public void Flush()
    {
        if (Text.Length > 0)
        {
            _output.Write(Text.Written);
            _output.Flush();
            Text.Clear();
        }
    }

    private protected abstract void WriteMessage(string type, ByteText content, bool endsLine);

    private protected abstract void WriteValue(ProbeType type, ReadOnlySpan<byte> value);

    /// <summary>The rows to show.</summary>
    private protected static IEnumerable<MapRow> Rows(MapSnapshot snapshot, int top)
    {
        // What is counted under no key is there from the start.
        IReadOnlyList<MapRow> rows = snapshot is { Rows: [], Map: { KeyTypes: [], Aggregation.Kind: AggregationKind.Count } }
            ? [new([], new NumberCell(0))]
            : MapOrder.Sort(snapshot);
        bool isCut = top > 0 && snapshot.Map.Aggregation is not { Kind: AggregationKind.Statistics };
        return isCut ? rows.Skip(rows.Count - top) : rows;
    }

    /// <summary>Writes the number of a row, divided.</summary>
    private protected void AppendNumber(long value, bool isSigned, int divisor)
    {
        if (isSigned)
        {
            Text.Append(value / Math.Max(1, divisor));
        }
        else
        {
            Text.Append((ulong)value / (ulong)Math.Max(1, divisor));
        }
    }

    private PrintFormat FormatOf(FormatOutput output)
    {
        if (!_formats.TryGetValue(output, out PrintFormat? format))
        {
            _formats.Add(output, format = new PrintFormat(output.Format));
        }

        return format;
    }

    /// <summary>Ends at the first string that is empty, as the array of arguments does.</summary>
    private void Join(FormatOutput join, ReadOnlySpan<byte> values)
    {
        bool isFirst = true;
        foreach (ProbeType type in join.Values)
        {
            ReadOnlySpan<byte> part = ValueText.StringOf((StringType)type, ValueText.Take(ref values, type));
            if (part.IsEmpty)
            {
                break;
            }

            _content.Append(isFirst ? "" : join.Format);
            _content.Append(part);
            isFirst = false;
        }
    }

    private void WriteFile(string path)
    {
        try
        {
            // Files of /proc say that they are empty.
            using FileStream file = File.OpenRead(path);
            byte[] content = new byte[MaxFileBytes];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            _content.Clear();
            _content.Append(content.AsSpan(0, length));
            WriteMessage("cat", _content, endsLine: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string reason = exception switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "it may not be read",
                _ => exception.Message,
            };
            _complain($"cat() cannot show {path}: {reason}");
        }
    }
}
