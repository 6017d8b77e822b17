using Sonde.Bpf.Btf;
using Sonde.Probes.Model;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

public sealed class ControlFlowTests
{
    private static readonly ProbeMap _result = Map("@result", IntegerType.Int64);
    private static readonly ProbeMap _input = Map("@input", IntegerType.Int64);
    private static readonly ProbeMap _keyed = Map("@keyed", IntegerType.Int64, IntegerType.Int64);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 10)]
    [InlineData(1000, 4950)]
    public void A_loop_ends_by_its_condition_or_its_limit(long rounds, long expected)
    {
        ProbeVariable i = new("$i", IntegerType.Int64), sum = new("$sum", IntegerType.Int64);
        Assert.Equal(expected, Run(
            rounds,
            new While(Operation(BinaryOperator.Less, Of(i), Value(_input)), Body(
                new AssignVariable(sum, Operation(BinaryOperator.Add, Of(sum), Of(i)), None),
                new AssignVariable(i, Operation(BinaryOperator.Add, Of(i), Number(1)), None)), 100, None),
            new AssignMap(_result, [], Of(sum), None)));
    }

    [Fact]
    public void Break_and_continue_leave_the_round_and_the_loop()
    {
        ProbeVariable i = new("$i", IntegerType.Int64), sum = new("$sum", IntegerType.Int64);
        Assert.Equal(1 + 2 + 4, Run(
            0,
            new While(Number(1), Body(
                new AssignVariable(i, Operation(BinaryOperator.Add, Of(i), Number(1)), None),
                new If(Operation(BinaryOperator.Equal, Of(i), Number(3)), Body(new Jump(JumpKind.Continue, None)), null, None),
                new If(Operation(BinaryOperator.Greater, Of(i), Number(4)), Body(new Jump(JumpKind.Break, None)), null, None),
                new AssignVariable(sum, Operation(BinaryOperator.Add, Of(sum), Of(i)), None)), 100, None),
            new AssignMap(_result, [], Of(sum), None)));
    }

    [Fact]
    public void Loops_nest_and_call()
    {
        ProbeVariable i = new("$i", IntegerType.Int64), j = new("$j", IntegerType.Int64);
        Assert.Equal(12, Run(
            0,
            new While(Operation(BinaryOperator.Less, Of(i), Number(4)), Body(
                new AssignVariable(j, Number(0), None),
                new While(Operation(BinaryOperator.Less, Of(j), Number(3)), Body(
                    new AddToMap(_keyed, [ThreadId], Number(1), None),
                    new AssignVariable(j, Operation(BinaryOperator.Add, Of(j), Number(1)), None)), 10, None),
                new AssignVariable(i, Operation(BinaryOperator.Add, Of(i), Number(1)), None)), 10, None),
            new AssignMap(_result, [], Value(_keyed, ThreadId), None)));
    }

    [Fact]
    public void What_is_unrolled_runs_so_often()
    {
        ProbeVariable i = new("$i", IntegerType.Int64);
        Assert.Equal(7, Run(
            0,
            new Unroll(7, Body(new AssignVariable(i, Operation(BinaryOperator.Add, Of(i), Number(1)), None)), None),
            new AssignMap(_result, [], Of(i), None)));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    public void Return_ends_the_probe(long input, long expected) => Assert.Equal(expected, Run(
        input,
        new AssignMap(_result, [], Number(1), None),
        new If(Value(_input), Body(new Jump(JumpKind.Return, None)), Body(new AssignMap(_result, [], Number(2), None)), None)));

    /// <summary>A value that is kept must not be taken for known behind a branch that did not ask for it, nor after its map was changed.</summary>
    [Theory]
    [InlineData(0, 111)]
    [InlineData(1, 112)]
    public void What_was_read_once_is_read_again_where_it_may_have_changed(long input, long expected)
    {
        Expression value = Value(_keyed, ThreadId);
        Assert.Equal(expected, Run(
            input,
            new AssignMap(_keyed, [ThreadId], Number(10), None),
            new If(Value(_input), Body(
                new AssignMap(_keyed, [ThreadId], Operation(BinaryOperator.Add, value, Number(1)), None)), null, None),
            new AssignMap(_result, [], Operation(BinaryOperator.Add, value, Number(100)), None),
            new AddToMap(_keyed, [ThreadId], Number(1), None),
            new If(Operation(BinaryOperator.And, Value(_input), Operation(BinaryOperator.Less, value, Number(0))), Body(new AssignMap(_result, [], value, None)), null, None),
            new AssignMap(_result, [], Operation(BinaryOperator.Add, Operation(BinaryOperator.Subtract, Value(_result), Number(0)), Operation(BinaryOperator.Subtract, value, Operation(BinaryOperator.Add, Value(_input), Number(10)))), None)));
    }

    [Fact]
    public void More_values_than_registers_are_kept_on_the_stack()
    {
        ProbeVariable[] variables = [.. Enumerable.Range(0, 20).Select(i => new ProbeVariable($"$v{i}", IntegerType.Int64))];
        Expression sum = variables.Aggregate((Expression)Number(0), (total, variable) => Operation(
            BinaryOperator.Add, Operation(BinaryOperator.Add, Value(_keyed, Of(variable)), Of(variable)), Operation(BinaryOperator.Add, Value(_keyed, Number(1)), total)));
        Assert.Equal(190, Run(
            0, [.. variables.Select((variable, i) => (Statement)new AssignVariable(variable, Number(i), None)), new AssignMap(_result, [], sum, None)]));
    }

    [Fact]
    public void Kernel_structures_are_followed_through_typed_pointers()
    {
        BtfTypes types = BtfTypes.OfKernel();
        Assert.True(types.TryFind("task_struct", BtfKind.Struct, out BtfType task));
        Assert.True(task.TryFindMember("tgid"u8, out BtfMember processId));
        Assert.True(task.TryFindMember("group_leader"u8, out BtfMember leader));
        Assert.True(types.TryFind("btf_trace_sys_enter", BtfKind.Typedef, out BtfType tracepoint));
        PointerType typed = new(TargetVoid.Instance, AddressSpace.Btf), plain = new(TargetVoid.Instance, AddressSpace.Kernel);
        ProbeMap viaHelper = Map("@helper", IntegerType.Int64), viaPointer = Map("@pointer", IntegerType.Int64);
        using KernelRun run = new(Program(
            [viaHelper, viaPointer],
            At(Once, new AssignMap(viaHelper, [], Chain(plain, AddressSpace.Kernel), None)),
            At(new RawTracepointTarget("rawtracepoint:sys_enter", "sys_enter", tracepoint.Id), new AssignMap(viaPointer, [], Chain(typed, AddressSpace.Btf), None))));
        run.Load();
        run.Run(0);
        Assert.Equal(Environment.ProcessId, run.ReadNumber(viaHelper));

        Load Chain(PointerType pointer, AddressSpace space) => new(
            new Load(new Builtin(BuiltinValue.CurrentTask, pointer, None), space, (int)(leader.BitOffset / 8), 8, 0, 0, pointer, None),
            space, (int)(processId.BitOffset / 8), 4, 0, 0, new IntegerType(4, true), None);
    }

    private static VariableValue Of(ProbeVariable variable) => new(variable, None);

    private static long Run(long input, params Statement[] statements)
    {
        using KernelRun run = new(Program([_result, _input, _keyed], At(Once, statements)));
        run.Write(_input, input);
        run.Run();
        return run.ReadNumber(_result);
    }
}
