using CsCheck;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

/// <summary>Aggregations fed with known values, one run each, and read back.</summary>
public sealed class AggregationTests
{
    private static readonly ProbeMap _input = Map("@input", IntegerType.Int64);

    private static readonly Gen<long> _value = Gen.OneOf(
        Gen.Long, Gen.Long[-5, 120], Gen.Select(Gen.Int[0, 63], Gen.Long[-1, 1], (shift, offset) => (1L << shift) + offset));

    public static TheoryData<AggregationKind, bool, bool, bool> Kinds
    {
        get
        {
            TheoryData<AggregationKind, bool, bool, bool> kinds = [];
            foreach (AggregationKind kind in Enum.GetValues<AggregationKind>())
            {
                kinds.Add(kind, true, false, false);
                kinds.Add(kind, false, true, false);
                kinds.Add(kind, true, true, true);
                kinds.Add(kind, true, false, true);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_added_up_is_right(AggregationKind kind, bool isSigned, bool isKeyed, bool hasGenerations) =>
        _value.Array[1, 40].Sample(
            values =>
            {
                ProbeMap map = MapOf(kind, isSigned, isKeyed);
                Expression[] key = isKeyed ? [Number(7), Text("key", 16)] : [];
                using KernelRun run = new(
                    Program([_input, map], At(Once, new Aggregate(map, key, kind == AggregationKind.Count ? null : Value(_input), None))),
                    new() { HasGenerations = hasGenerations, AllocatesOnDemand = true });
                foreach (long value in values)
                {
                    run.Write(_input, value);
                    run.Run();
                }

                MapRow row = Assert.Single(run.Read(map).Rows);
                Assert.Equal(isKeyed ? 24 : 0, row.Key.Length);
                AssertCell(Expected(map.Aggregation!, values), row.Cell);
            },
            iter: 12, threads: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_map_that_nothing_was_added_to_is_empty(bool isKeyed)
    {
        ProbeMap map = MapOf(AggregationKind.Sum, true, isKeyed);
        Aggregate never = new(map, isKeyed ? [Number(1), Text("", 16)] : [], Number(1), None);
        using KernelRun run = new(Program([_input, map], At(Once, new If(Value(_input), Body(never), null, None))));
        run.Run();
        Assert.Empty(run.Read(map).Rows);
    }

    public static TheoryData<AggregationKind, bool> Full => [.. Enum.GetValues<AggregationKind>().SelectMany(kind => new[] { (kind, true), (kind, false) })];

    [Theory]
    [MemberData(nameof(Full))]
    public void What_finds_no_room_is_aggregated_too(AggregationKind kind, bool allocatesOnDemand)
    {
        long[] values = [5, 20, 31, 47, 300];
        ProbeMap map = MapOf(kind, isSigned: true, isKeyed: true, maxKeys: 2);
        Statement[] all = [.. values.Select((value, i) => new Aggregate(map, [Number(i), Text("", 16)], kind == AggregationKind.Count ? null : Number(value), None))];
        CompilerSettings settings = new() { HasGenerations = true, AllocatesOnDemand = allocatesOnDemand };
        using ProbeSession session = ProbeSession.Load(ProbeCompiler.Compile(Program([map], At(Once, all)), settings));
        session.Start(new MapTests.NoEvents());

        IReadOnlyList<MapRow> rows = Assert.Single(session.Drain()).Rows;
        Assert.Equal(2, rows.Count(row => !row.IsRefused));
        AssertCell(Expected(map.Aggregation!, values[2..]), rows.Single(row => row.IsRefused).Cell);
        Assert.Equal(3, session.Figures.RefusedKeys[map]);
        Assert.Empty(Assert.Single(session.Drain()).Rows);
        Assert.Empty(Assert.Single(session.Drain()).Rows);
    }

    private static ProbeMap MapOf(AggregationKind kind, bool isSigned, bool isKeyed, int? maxKeys = null) => new()
    {
        MaxKeys = maxKeys,
        Name = "@x",
        KeyTypes = isKeyed ? [IntegerType.Int64, new StringType(16)] : [],
        ValueType = IntegerType.Int64,
        Aggregation = new(kind, isSigned) { LinearMin = 10, LinearMax = 105, LinearStep = 10, KeepsSummary = isKeyed },
    };

    private static MapCell Expected(Aggregation aggregation, long[] values)
    {
        long sum = values.Aggregate((first, second) => unchecked(first + second));
        long minimum = aggregation.IsSigned ? values.Min() : (long)values.Min(each => (ulong)each);
        long maximum = aggregation.IsSigned ? values.Max() : (long)values.Max(each => (ulong)each);
        switch (aggregation.Kind)
        {
            case AggregationKind.Count:
                return new NumberCell(values.Length);
            case AggregationKind.Sum:
                return new NumberCell(sum);
            case AggregationKind.Minimum:
                return new NumberCell(minimum);
            case AggregationKind.Maximum:
                return new NumberCell(maximum);
            case AggregationKind.Average or AggregationKind.Statistics:
                return new MeanCell(values.Length, sum);
            default:
                long[] buckets = new long[aggregation.Kind == AggregationKind.PowerOfTwo ? 66 : 11];
                foreach (long value in values)
                {
                    buckets[aggregation.Kind == AggregationKind.PowerOfTwo ? PowerOfTwo(aggregation, value) : Linear(aggregation, value)]++;
                }

                return aggregation.KeepsSummary ? new HistogramCell(buckets, sum, minimum, maximum) : new HistogramCell(buckets, 0, 0, 0);
        }
    }

    private static int PowerOfTwo(Aggregation aggregation, long value) =>
        value == 0 ? 1 : value < 0 && aggregation.IsSigned ? 0 : 2 + System.Numerics.BitOperations.Log2((ulong)value);

    private static int Linear(Aggregation aggregation, long value) =>
        aggregation.IsSigned ? value < 10 ? 0 : value >= 105 ? 10 : 1 + (int)((value - 10) / 10)
        : (ulong)value < 10 ? 0 : (ulong)value >= 105 ? 10 : 1 + (int)((value - 10) / 10);

    private static void AssertCell(MapCell expected, MapCell actual)
    {
        if (expected is HistogramCell histogram)
        {
            HistogramCell found = Assert.IsType<HistogramCell>(actual);
            Assert.Equal(histogram.Buckets, found.Buckets);
            Assert.Equal(histogram with { Buckets = [] }, found with { Buckets = [] });
        }
        else
        {
            Assert.Equal(expected, actual);
        }
    }
}
