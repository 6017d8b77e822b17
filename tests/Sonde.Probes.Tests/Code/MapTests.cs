using System.Buffers.Binary;
using System.Text;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

public sealed class MapTests
{
    private static readonly ProbeMap _number = Map("@number", IntegerType.Int64);
    private static readonly ProbeMap _keyed = Map("@keyed", IntegerType.Int64, IntegerType.Int64);

    [Fact]
    public void Values_are_kept_under_their_keys()
    {
        using KernelRun run = new(Program([_keyed], At(
            Once,
            new AssignMap(_keyed, [Number(1)], Number(10), None),
            new AssignMap(_keyed, [Number(2)], Operation(BinaryOperator.Add, Value(_keyed, Number(1)), Number(5)), None),
            new AddToMap(_keyed, [Number(2)], Value(_keyed, Number(2)), None),
            new AddToMap(_keyed, [Number(3)], Number(-1), None))));
        run.Run();
        Assert.Equal([(1, 10), (2, 30), (3, -1)], Numbers(run.Read(_keyed)));
    }

    [Fact]
    public void A_deleted_key_is_gone_and_reads_as_0()
    {
        using KernelRun run = new(Program([_keyed, _number], At(
            Once,
            new AssignMap(_keyed, [Number(1)], Number(10), None),
            new AssignMap(_keyed, [Number(2)], Number(20), None),
            new If(Value(_keyed, Number(1)), Body(new DeleteFromMap(_keyed, [Number(1)], None)), null, None),
            new AssignMap(_number, [], Value(_keyed, Number(1)), None))));
        run.Run();
        Assert.Equal([(2, 20)], Numbers(run.Read(_keyed)));
        Assert.Equal(0, run.ReadNumber(_number));
    }

    [Fact]
    public void An_unkeyed_map_is_there_once_it_was_set_and_not_after_it_was_deleted()
    {
        using KernelRun run = new(Program(
            [_number], At(Once, new AssignMap(_number, [], Number(0), None)), At(Once, new DeleteFromMap(_number, [], None))));
        Assert.Empty(run.Read(_number).Rows);
        run.Run(0);
        Assert.Equal(0, run.ReadNumber(_number));
        run.Run(1);
        Assert.Empty(run.Read(_number).Rows);
    }

    [Fact]
    public void A_full_map_counts_what_it_refuses()
    {
        ProbeMap small = new() { Name = "@small", KeyTypes = [IntegerType.Int64], ValueType = IntegerType.Int64, MaxKeys = 2 };
        ProbeMap counted = new() { Name = "@counted", KeyTypes = [IntegerType.Int64], ValueType = IntegerType.Int64, MaxKeys = 2, Aggregation = new(AggregationKind.Count, false) };
        CompiledUnit unit = ProbeCompiler.Compile(
            Program([small, counted], At(Once, [.. Enumerable.Range(0, 5).SelectMany(i => new Statement[]
            {
                new AssignMap(small, [Number(i)], Number(i), None), new Aggregate(counted, [Number(i)], null, None),
            })])), new());
        using ProbeSession session = ProbeSession.Load(unit);
        session.Start(new NoEvents());
        Assert.Equal(3, session.Figures.RefusedKeys[small]);
        Assert.Equal(3, session.Figures.RefusedKeys[counted]);
    }

    [Fact]
    public void Keys_of_several_parts_and_values_that_are_strings_lie_as_the_layout_says()
    {
        ProbeMap map = Map("@strings", new StringType(20), IntegerType.Int64, new StringType(10), new TupleType([IntegerType.Int64, new StringType(8)]));
        TupleValue tuple = new([Number(3), Text("abc", 8)], new([IntegerType.Int64, new StringType(8)]), None);
        ProbeVariable copy = new("$copy", new StringType(20));
        using KernelRun run = new(Program([map], At(
            Once,
            new AssignMap(map, [Number(1), Text("short", 10), tuple], Text("a longer text", 20), None),
            new AssignVariable(copy, Value(map, Number(1), Text("short", 10), tuple), None),
            new AssignMap(map, [Number(2), Text("", 10), new TupleItem(tuple, 0, IntegerType.Int64, None) is var item ? new TupleValue([item, Text("", 8)], tuple.Tuple, None) : tuple],
                new VariableValue(copy, None), None))));
        run.Run();
        MapRow[] rows = [.. run.Read(map).Rows.OrderBy(each => each.Key[0])];
        Assert.Equal([.. Word(1), .. Bytes("short", 16), .. Word(3), .. Bytes("abc", 8)], rows[0].Key);
        Assert.Equal(Bytes("a longer text", 24), ((ValueCell)rows[0].Cell).Bytes);
        Assert.Equal([.. Word(2), .. new byte[16], .. Word(3), .. new byte[8]], rows[1].Key);
        Assert.Equal(Bytes("a longer text", 24), ((ValueCell)rows[1].Cell).Bytes);
    }

    /// <summary>More than the stack holds: built in the scratch map.</summary>
    [Fact]
    public void What_is_too_large_for_the_stack_is_kept_all_the_same()
    {
        ProbeMap map = Map("@large", new StringType(400), new StringType(600), new StringType(64));
        using KernelRun run = new(Program([map], At(Once, new AssignMap(map, [Text("k", 600), Text("l", 64)], Text("v", 400), None))));
        run.Run();
        MapRow row = Assert.Single(run.Read(map).Rows);
        Assert.Equal([.. Bytes("k", 600), .. Bytes("l", 64)], row.Key);
        Assert.Equal(Bytes("v", 400), ((ValueCell)row.Cell).Bytes);
    }

    private static (long, long)[] Numbers(MapSnapshot snapshot) =>
        [.. snapshot.Rows.Select(row => (BinaryPrimitives.ReadInt64LittleEndian(row.Key), BinaryPrimitives.ReadInt64LittleEndian(((ValueCell)row.Cell).Bytes))).Order()];

    private static byte[] Word(long value) => BitConverter.GetBytes(value);

    private static byte[] Bytes(string text, int size)
    {
        byte[] bytes = new byte[size];
        _ = Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    internal sealed class NoEvents : IProbeEvents
    {
        public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
        {
        }

        public void OnLost(long events)
        {
        }

        public void OnIdle()
        {
        }
    }
}
