using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Code;

/// <summary>What expressions of integers mean, in C#.</summary>
internal static class Evaluation
{
    /// <param name="expression">Of literals, the inputs <c>@a</c>, <c>@b</c>, …, and keyed maps, which are empty.</param>
    /// <param name="inputs">Their values.</param>
    internal static long Of(Expression expression, long[] inputs) => expression switch
    {
        IntegerLiteral literal => literal.Value,
        Builtin { Value: BuiltinValue.ProcessId } => Environment.ProcessId,
        MapValue { Key.Count: 0 } value => inputs[value.Map.Name[1] - 'a'],
        MapValue => 0,
        Unary unary => Apply(unary.Operator, Of(unary.Operand, inputs)),
        Binary { Operator: BinaryOperator.And } binary => Truth(Of(binary.Left, inputs) != 0 && Of(binary.Right, inputs) != 0),
        Binary { Operator: BinaryOperator.Or } binary => Truth(Of(binary.Left, inputs) != 0 || Of(binary.Right, inputs) != 0),
        Binary binary => Apply(binary.Operator, Of(binary.Left, inputs), Of(binary.Right, inputs), binary.IsSigned),
        Cast cast => Cut(Of(cast.Operand, inputs), cast.Integer),
        Conditional choice => Of(Of(choice.Condition, inputs) != 0 ? choice.WhenTrue : choice.WhenFalse, inputs),
        _ => throw new ArgumentException($"{expression.GetType().Name} is not computed here.", nameof(expression)),
    };

    private static long Truth(bool value) => value ? 1 : 0;

    private static long Apply(UnaryOperator operation, long value) => operation switch
    {
        UnaryOperator.Negate => unchecked(-value),
        UnaryOperator.Complement => ~value,
        _ => Truth(value == 0),
    };

    private static long Apply(BinaryOperator operation, long left, long right, bool isSigned) => operation switch
    {
        BinaryOperator.Add => unchecked(left + right),
        BinaryOperator.Subtract => unchecked(left - right),
        BinaryOperator.Multiply => unchecked(left * right),
        BinaryOperator.Divide => Divide(left, right, isSigned),
        BinaryOperator.Remainder => Remainder(left, right, isSigned),
        BinaryOperator.BitAnd => left & right,
        BinaryOperator.BitOr => left | right,
        BinaryOperator.BitXor => left ^ right,
        BinaryOperator.ShiftLeft => left << (int)(right & 63),
        BinaryOperator.ShiftRight => isSigned ? left >> (int)(right & 63) : (long)((ulong)left >> (int)(right & 63)),
        BinaryOperator.Equal => Truth(left == right),
        BinaryOperator.NotEqual => Truth(left != right),
        BinaryOperator.Less => Truth(isSigned ? left < right : (ulong)left < (ulong)right),
        BinaryOperator.LessOrEqual => Truth(isSigned ? left <= right : (ulong)left <= (ulong)right),
        BinaryOperator.Greater => Truth(isSigned ? left > right : (ulong)left > (ulong)right),
        _ => Truth(isSigned ? left >= right : (ulong)left >= (ulong)right),
    };

    private static long Divide(long left, long right, bool isSigned) => (right, isSigned) switch
    {
        (0, _) => 0,
        (-1, true) => unchecked(-left),
        (_, true) => left / right,
        _ => (long)((ulong)left / (ulong)right),
    };

    /// <summary>By zero the dividend is left, as the instruction has it.</summary>
    private static long Remainder(long left, long right, bool isSigned) => (right, isSigned) switch
    {
        (0, _) => left,
        (-1, true) => 0,
        (_, true) => left % right,
        _ => (long)((ulong)left % (ulong)right),
    };

    private static long Cut(long value, IntegerType type) => (type.Width, type.IsSigned) switch
    {
        (1, true) => (sbyte)value,
        (1, false) => (byte)value,
        (2, true) => (short)value,
        (2, false) => (ushort)value,
        (4, true) => (int)value,
        (4, false) => (uint)value,
        _ => value,
    };
}
