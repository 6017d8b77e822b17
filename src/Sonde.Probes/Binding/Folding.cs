using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>Arithmetic as BPF's instructions do it: 64 bits, wrapping, division by zero gives 0, a remainder by zero the dividend, shifts count modulo 64.</summary>
internal static class Folding
{
    public static long Compute(BinaryOperator sign, long left, long right, bool isSigned) => sign switch
    {
        BinaryOperator.Add => unchecked(left + right),
        BinaryOperator.Subtract => unchecked(left - right),
        BinaryOperator.Multiply => unchecked(left * right),
        BinaryOperator.Divide => Divide(left, right, isSigned),
        BinaryOperator.Remainder => right == 0 ? left : isSigned ? Remainder(left, right) : (long)((ulong)left % (ulong)right),
        BinaryOperator.BitAnd => left & right,
        BinaryOperator.BitOr => left | right,
        BinaryOperator.BitXor => left ^ right,
        BinaryOperator.ShiftLeft => left << (int)(right & 63),
        BinaryOperator.ShiftRight => isSigned ? left >> (int)(right & 63) : (long)((ulong)left >> (int)(right & 63)),
        BinaryOperator.Equal => left == right ? 1 : 0,
        BinaryOperator.NotEqual => left != right ? 1 : 0,
        BinaryOperator.Less => Compare(left, right, isSigned) < 0 ? 1 : 0,
        BinaryOperator.LessOrEqual => Compare(left, right, isSigned) <= 0 ? 1 : 0,
        BinaryOperator.Greater => Compare(left, right, isSigned) > 0 ? 1 : 0,
        BinaryOperator.GreaterOrEqual => Compare(left, right, isSigned) >= 0 ? 1 : 0,
        BinaryOperator.And => left != 0 && right != 0 ? 1 : 0,
        _ => left != 0 || right != 0 ? 1 : 0,
    };

    /// <summary>A number cut to a type's width and extended by its sign.</summary>
    public static long Cut(long value, IntegerType type) => (type.Width, type.IsSigned) switch
    {
        (1, true) => (sbyte)value,
        (1, false) => (byte)value,
        (2, true) => (short)value,
        (2, false) => (ushort)value,
        (4, true) => (int)value,
        (4, false) => (uint)value,
        _ => value,
    };

    private static long Divide(long left, long right, bool isSigned) => right switch
    {
        0 => 0,
        -1 when isSigned => unchecked(-left),
        _ => isSigned ? left / right : (long)((ulong)left / (ulong)right),
    };

    private static long Remainder(long left, long right) => right == -1 ? 0 : left % right;

    private static int Compare(long left, long right, bool isSigned) =>
        isSigned ? left.CompareTo(right) : ((ulong)left).CompareTo((ulong)right);
}
