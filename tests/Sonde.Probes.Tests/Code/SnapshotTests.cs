using System.Runtime.CompilerServices;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

/// <summary>
/// The instructions of a few programs, as files in <c>Snapshots</c> that can be read. With <c>SONDE_UPDATE_SNAPSHOTS=1</c> they are
/// written anew.
/// </summary>
public sealed class SnapshotTests
{
    private static readonly TracepointTarget _sysEnter = new("tracepoint:raw_syscalls:sys_enter", 1);

    [Fact]
    public void Counting_by_a_number() => Check(Program([_calls], At(_sysEnter, new Aggregate(_calls, [FromContext(8, isSigned: true)], null, None))));

    [Fact]
    public void Counting_by_a_number_in_generations() =>
        Check(Program([_calls], At(_sysEnter, new Aggregate(_calls, [FromContext(8, isSigned: true)], null, None))), new() { HasGenerations = true });

    [Fact]
    public void Counting_by_a_string_of_the_record()
    {
        ProbeMap names = Aggregated("@names", AggregationKind.Count, new StringType(16));
        ReadString name = new(new AddressOf(Context, 8, IntegerType.UInt64, None), AddressSpace.Context, null, new(16), None);
        Check(Program([names], At(new TracepointTarget("tracepoint:sched:sched_switch", 2), new Aggregate(names, [name], null, None))));
    }

    [Fact]
    public void Latency_between_two_events()
    {
        ProbeMap start = Map("@start", IntegerType.UInt64, IntegerType.UInt64), latency = Aggregated("@ns", AggregationKind.PowerOfTwo);
        Check(Program(
            [start, latency],
            At(new TracepointTarget("tracepoint:syscalls:sys_enter_read", 3), new AssignMap(start, [ThreadId], Nanoseconds, None)),
            At(new TracepointTarget("tracepoint:syscalls:sys_exit_read", 4), new If(Value(start, ThreadId), Body(
                new Aggregate(latency, [], Operation(BinaryOperator.Subtract, Nanoseconds, Value(start, ThreadId), isSigned: false), None),
                new DeleteFromMap(start, [ThreadId], None)), null, None))));
    }

    [Fact]
    public void An_event_is_built_in_the_ring_buffer() => Check(Program([], At(Once, new Send(0, [ProcessId, CommandName, Number(5)], None))));

    [Fact]
    public void A_loop_keeps_its_counter_in_a_register()
    {
        ProbeVariable i = new("$i", IntegerType.Int64);
        Check(Program([], At(Once, new While(
            Operation(BinaryOperator.Less, new VariableValue(i, None), Number(10)),
            Body(new AssignVariable(i, Operation(BinaryOperator.Add, new VariableValue(i, None), Number(1)), None)), 100, None))));
    }

    private static readonly ProbeMap _calls = Aggregated("@calls", AggregationKind.Count, IntegerType.Int64);

    private static void Check(ProbeProgram program, CompilerSettings? settings = null, [CallerMemberName] string name = "", [CallerFilePath] string file = "")
    {
        string listing = Listing.Of(ProbeCompiler.Compile(program, settings ?? new() { AllocatesOnDemand = true }));
        string path = Path.Combine(Path.GetDirectoryName(file)!, "Snapshots", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("SONDE_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, listing);
        }

        Assert.Equal(File.ReadAllText(path), listing);
    }
}
