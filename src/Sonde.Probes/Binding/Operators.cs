using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>
/// Operators on values. All arithmetic has 64 bits. It is unsigned when a side is an address or an unsigned number of 64 bits; narrower
/// unsigned ones fit the signed, and numbers written down take the other side's sign. What is known already is computed now.
/// </summary>
internal static class Operators
{
    public static Expression Binary(BinaryOperator sign, Expression left, Expression right, SourceSpan span)
    {
        if (left.Type is UnknownType || right.Type is UnknownType)
        {
            return IsComparison(sign) ? new IntegerLiteral(0, new IntegerType(1, false), span) : new UnknownValue(span);
        }

        if (left.Type is StringType || right.Type is StringType)
        {
            return Strings(sign, left, right, span);
        }

        if (sign is BinaryOperator.And or BinaryOperator.Or)
        {
            return Logical(sign, Condition(left), Condition(right), span);
        }

        if (!IsNumber(left.Type) || !IsNumber(right.Type))
        {
            Expression wrong = IsNumber(left.Type) ? right : left;
            throw new ProbeException($"{TextOf(sign)} works on numbers, not on {TypeText.Of(wrong.Type)}.", wrong.Span);
        }

        if (sign is BinaryOperator.Add or BinaryOperator.Subtract && left.Type is PointerType pointer && right.Type is IntegerType)
        {
            return Memory.Moved(left, pointer, right, sign, span);
        }

        if (sign is BinaryOperator.Add && right.Type is PointerType moved && left.Type is IntegerType)
        {
            return Memory.Moved(right, moved, left, sign, span);
        }

        bool isShift = sign is BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight;
        bool isUnsigned = IsUnsigned(left) || (!isShift && IsUnsigned(right));
        if (left is IntegerLiteral one && right is IntegerLiteral other)
        {
            return new IntegerLiteral(Folding.Compute(sign, one.Value, other.Value, !isUnsigned), IsComparison(sign) || !isUnsigned ? IntegerType.Int64 : IntegerType.UInt64, span);
        }

        IntegerType type = IsComparison(sign) || !isUnsigned ? IntegerType.Int64 : IntegerType.UInt64;
        return new Binary(sign, left, right, !isUnsigned, type, span);
    }

    public static Expression Unary(PrefixOperator sign, Expression operand, SourceSpan span)
    {
        if (operand.Type is UnknownType)
        {
            return operand;
        }

        if (sign == PrefixOperator.Not)
        {
            Expression condition = Condition(operand);
            return condition is IntegerLiteral known
                ? new IntegerLiteral(known.Value == 0 ? 1 : 0, IntegerType.Int64, span)
                : new Unary(UnaryOperator.Not, condition, IntegerType.Int64, span);
        }

        if (!IsNumber(operand.Type))
        {
            throw new ProbeException($"{(sign == PrefixOperator.Negate ? "-" : "~")} works on numbers, not on {TypeText.Of(operand.Type)}.", operand.Span);
        }

        IntegerType type = sign == PrefixOperator.Complement && IsUnsigned(operand) ? IntegerType.UInt64 : IntegerType.Int64;
        if (operand is IntegerLiteral literal)
        {
            return new IntegerLiteral(sign == PrefixOperator.Negate ? unchecked(-literal.Value) : ~literal.Value, type, span);
        }

        return new Unary(sign == PrefixOperator.Negate ? UnaryOperator.Negate : UnaryOperator.Complement, operand, type, span);
    }

    /// <summary>A number cut to a type.</summary>
    public static Expression Cast(Expression operand, IntegerType type, SourceSpan span)
    {
        if (operand.Type is UnknownType)
        {
            return new Cast(operand, type, span);
        }

        if (!IsNumber(operand.Type) && operand.Type is not RenderedType { IsScalar: true })
        {
            throw new ProbeException($"{TypeText.Of(operand.Type)} cannot be made a number.", operand.Span);
        }

        return operand is IntegerLiteral literal
            ? new IntegerLiteral(Folding.Cut(literal.Value, type), type, span)
            : new Cast(operand, type, span);
    }

    /// <summary>Something that is true when it is not 0.</summary>
    /// <exception cref="ProbeException">It is not a number.</exception>
    public static Expression Condition(Expression value) => value.Type is UnknownType or IntegerType or PointerType
        ? value
        : throw new ProbeException($"A condition is a number, not {TypeText.Of(value.Type)}.{(value.Type is StringType ? " Compare the string with == \"\"." : "")}", value.Span);

    /// <summary>True when a value, and what is computed of it, has no sign.</summary>
    public static bool IsUnsigned(Expression value) => value.Type is PointerType or IntegerType { Width: 8, IsSigned: false };

    private static bool IsNumber(ProbeType type) => type is IntegerType or PointerType;

    private static bool IsComparison(BinaryOperator sign) => sign is >= BinaryOperator.Equal and <= BinaryOperator.Or;

    private static Expression Logical(BinaryOperator sign, Expression left, Expression right, SourceSpan span)
    {
        if (left is IntegerLiteral known)
        {
            bool decides = (known.Value != 0) == (sign == BinaryOperator.Or);
            return decides ? new IntegerLiteral(sign == BinaryOperator.Or ? 1 : 0, IntegerType.Int64, span)
                : right is IntegerLiteral other ? new IntegerLiteral(other.Value != 0 ? 1 : 0, IntegerType.Int64, span)
                : new Binary(BinaryOperator.NotEqual, right, new IntegerLiteral(0, IntegerType.Int64, span), true, IntegerType.Int64, span);
        }

        return new Binary(sign, left, right, true, IntegerType.Int64, span);
    }

    private static Expression Strings(BinaryOperator sign, Expression left, Expression right, SourceSpan span)
    {
        if (sign is not (BinaryOperator.Equal or BinaryOperator.NotEqual))
        {
            throw new ProbeException($"Strings are compared with == and != only, not with {TextOf(sign)}.", span);
        }

        if (left.Type is not StringType one || right.Type is not StringType other)
        {
            Expression wrong = left.Type is StringType ? right : left;
            string advice = wrong.Type is PointerType ? " Read what it points to with str()." : "";
            throw new ProbeException($"A string is compared with a string, not with {TypeText.Of(wrong.Type)}.{advice}", wrong.Span);
        }

        if (left is StringLiteral known && right is StringLiteral alike)
        {
            bool isEqual = Text(known).SequenceEqual(Text(alike));
            return new IntegerLiteral(isEqual == (sign == BinaryOperator.Equal) ? 1 : 0, IntegerType.Int64, span);
        }

        // Where the shorter one ends there is a 0, which the longer one has there as well or differs.
        CompareStrings differ = new(left, right, Math.Min(one.Capacity, other.Capacity), span);
        return sign == BinaryOperator.NotEqual ? differ : new Unary(UnaryOperator.Not, differ, IntegerType.Int64, span);
    }

    private static ReadOnlySpan<byte> Text(StringLiteral literal)
    {
        ReadOnlySpan<byte> bytes = literal.Bytes.AsSpan();
        int end = bytes.IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    public static string TextOf(BinaryOperator sign) => sign switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Remainder => "%",
        BinaryOperator.BitAnd => "&",
        BinaryOperator.BitOr => "|",
        BinaryOperator.BitXor => "^",
        BinaryOperator.ShiftLeft => "<<",
        BinaryOperator.ShiftRight => ">>",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.And => "&&",
        _ => "||",
    };
}
