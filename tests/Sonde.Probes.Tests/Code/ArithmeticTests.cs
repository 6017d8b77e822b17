using CsCheck;
using Sonde.Probes.Model;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

/// <summary>Random expressions, computed by the kernel and by C#.</summary>
public sealed class ArithmeticTests
{
    private const int ExpressionsAtOnce = 16;

    private static readonly ProbeMap[] _inputs = [.. "abcd".Select(name => Map($"@{name}", IntegerType.Int64))];

    /// <summary>A keyed map that is empty: a zero that costs a call.</summary>
    private static readonly ProbeMap _empty = Map("@empty", IntegerType.Int64, IntegerType.Int64);

    private static readonly Gen<long> _number = Gen.OneOf(
        Gen.Long, Gen.Long[-20, 20], Gen.Int.Select(each => (long)each), Gen.UInt.Select(each => (long)each),
        Gen.OneOf(long.MinValue, long.MaxValue, int.MinValue, int.MaxValue, uint.MaxValue, 1L << 32, 64, 63));

    private static readonly Gen<Expression> _expression = Gen.Recursive<Expression>((depth, inner) => depth > 4 ? Leaf() : Gen.Frequency(
        (2, Leaf()),
        (8, Gen.Select(Gen.Enum<BinaryOperator>(), inner, inner, Gen.Bool, (operation, left, right, isSigned) => (Expression)Operation(operation, left, right, isSigned))),
        (2, Gen.Select(Gen.OneOf(UnaryOperator.Negate, UnaryOperator.Complement, UnaryOperator.Not), inner, (operation, operand) =>
            (Expression)new Unary(operation, operand, IntegerType.Int64, None))),
        (2, Gen.Select(Gen.OneOf(1, 2, 4, 8), Gen.Bool, inner, (width, isSigned, operand) => (Expression)new Cast(operand, new(width, isSigned), None))),
        (1, Gen.Select(inner, inner, inner, (condition, first, second) => (Expression)new Conditional(condition, first, second, IntegerType.Int64, None))),
        (1, inner.Select(key => (Expression)Operation(BinaryOperator.Add, Value(_empty, key), key)))));

    [Fact]
    public void The_kernel_computes_what_CSharp_computes() =>
        Gen.Select(_expression.Array[ExpressionsAtOnce], _number.Array[_inputs.Length]).Sample(
            (expressions, values) =>
            {
                ProbeMap[] results = [.. expressions.Select((_, i) => Map($"@r{i}", IntegerType.Int64))];
                using KernelRun run = new(Program(
                    [.. _inputs, _empty, .. results],
                    At(Once, [.. expressions.Select((each, i) => (Statement)new AssignMap(results[i], [], each, None))])));
                for (int i = 0; i < _inputs.Length; i++)
                {
                    run.Write(_inputs[i], values[i]);
                }

                run.Run();
                Assert.All(expressions.Zip(results), pair => Assert.Equal(Evaluation.Of(pair.First, values), run.ReadNumber(pair.Second)));
            },
            iter: 150, threads: 1);

    private static Gen<Expression> Leaf() => Gen.Frequency(
        (3, Gen.Int[0, _inputs.Length - 1].Select(index => (Expression)Value(_inputs[index]))),
        (2, _number.Select(value => (Expression)Number(value))),
        (1, Gen.Const<Expression>(ProcessId)));
}
