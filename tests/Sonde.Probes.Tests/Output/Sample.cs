using System.Buffers.Binary;
using System.Text;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Output;

/// <summary>Values as a program keeps them, and a writer to show them with.</summary>
internal sealed class Sample : ISymbols, IDisposable
{
    public static readonly IntegerType Int = IntegerType.Int64;
    public static readonly IntegerType Unsigned = IntegerType.UInt64;
    public static readonly StringType Text = new(64);

    private readonly MemoryStream _output = new();

    public Sample(bool isJson = false, TimeProvider? time = null)
    {
        var program = new ProbeProgram { Text = "", Probes = [new Probe([new OnceTarget("BEGIN", false)], new Block([], default), [], default)], Maps = [], Outputs = [], TimeFormats = ["%H:%M:%S"] };
        Writer = isJson ? ProbeWriter.OfJson(_output, program, this, Complaints.Add, time) : ProbeWriter.OfText(_output, program, this, Complaints.Add, time);
    }

    public List<string> Complaints { get; } = [];

    public ProbeWriter Writer { get; }

    public string Written
    {
        get
        {
            Writer.Flush();
            return Encoding.Latin1.GetString(_output.ToArray());
        }
    }

    /// <summary>Integers, strings, arrays of bytes and stacks, one behind the other.</summary>
    public static byte[] Bytes(params object[] values) => [.. values.SelectMany(Bytes)];

    public static ProbeMap Map(string name, ProbeType value, params ProbeType[] keys) => new() { Name = name, KeyTypes = keys, ValueType = value };

    public static ProbeMap Map(string name, AggregationKind kind, params ProbeType[] keys) =>
        new() { Name = name, KeyTypes = keys, ValueType = Int, Aggregation = new Aggregation(kind, kind != AggregationKind.Count) };

    public static ProbeMap Linear(string name, long min, long max, long step) => new()
    {
        Name = name,
        KeyTypes = [],
        ValueType = Int,
        Aggregation = new Aggregation(AggregationKind.Linear, true) { LinearMin = min, LinearMax = max, LinearStep = step },
    };

    /// <summary>Rows of a map that is assigned.</summary>
    public static MapSnapshot Values(ProbeMap map, params (byte[] Key, byte[] Value)[] rows) =>
        new(map, [.. rows.Select(row => new MapRow(row.Key, new ValueCell(row.Value)))]);

    public static MapSnapshot Rows(ProbeMap map, params (byte[] Key, MapCell Cell)[] rows) =>
        new(map, [.. rows.Select(row => new MapRow(row.Key, row.Cell))]);

    /// <summary>A power-of-two histogram of the values.</summary>
    public static HistogramCell Histogram(params long[] values)
    {
        long[] buckets = new long[66];
        foreach (long value in values)
        {
            buckets[value < 0 ? 0 : value == 0 ? 1 : 2 + (int)long.Log2(value)]++;
        }

        return new HistogramCell(buckets, 0, 0, 0);
    }

    public static HistogramCell Buckets(int count, params int[] indices)
    {
        long[] buckets = new long[count];
        foreach (int index in indices)
        {
            buckets[index]++;
        }

        return new HistogramCell(buckets, 0, 0, 0);
    }

    public void Dispose() => _output.Dispose();

    public Symbol? Kernel(ulong address) => address is >= 0x1000 and < 0x2000 ? new Symbol("schedule", address - 0x1000, "") : null;

    public Symbol? User(ulong address, int process) => address is >= 0x1000 and < 0x2000 ? new Symbol($"main_of_{process}", address - 0x1000, "/bin/x") : null;

    public ReadOnlySpan<ulong> Stack(RenderedType type, int id) => id == 7 ? [0x1010, 0x1020, 0x9000] : [];

    private static byte[] Bytes(object value)
    {
        byte[] bytes = new byte[8];
        switch (value)
        {
            case string text:
                byte[] room = new byte[Text.Size];
                Encoding.Latin1.GetBytes(text, room);
                return room;
            case byte[] raw:
                return raw;
            case ulong number:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
                return bytes;
            default:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                return bytes;
        }
    }
}
