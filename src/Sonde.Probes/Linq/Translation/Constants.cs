using System.Linq.Expressions;
using System.Net.Sockets;
using System.Reflection;

namespace Sonde.Probes.Linq.Translation;

/// <summary>
/// Values that an expression takes from around it: what it says itself, variables that it closes over, static and instance members of
/// these. They are read when the query is started, by reflection on the members that the expression names; nothing is compiled.
/// </summary>
internal static class Constants
{
    public static bool TryRead(Expression expression, out object? value)
    {
        value = null;
        switch (expression)
        {
            case ConstantExpression constant:
                value = constant.Value;
                return true;
            case MemberExpression { Member: FieldInfo field } member:
                return TryReadOwner(member.Expression, out object? holder) && (value = field.GetValue(holder)) is var _;
            case MemberExpression { Member: PropertyInfo property } member:
                return TryReadOwner(member.Expression, out object? owner) && (value = property.GetValue(owner)) is var _;
            case UnaryExpression { NodeType: ExpressionType.Convert, Method: null } convert when TryRead(convert.Operand, out object? operand):
                return TryConvert(operand, convert.Type, out value);
            case NewArrayExpression { NodeType: ExpressionType.NewArrayInit } array:
                object?[] items = new object?[array.Expressions.Count];
                for (int i = 0; i < items.Length; i++)
                {
                    if (!TryRead(array.Expressions[i], out items[i]))
                    {
                        return false;
                    }
                }

                value = items;
                return true;
            default:
                return false;
        }
    }

    /// <summary>A number, an enumeration's value or a character as 64 bits.</summary>
    public static bool TryNumber(object? value, out long number)
    {
        number = value switch
        {
            bool truth => truth ? 1 : 0,
            char character => character,
            sbyte small => small,
            byte small => small,
            short small => small,
            ushort small => small,
            int small => small,
            uint small => small,
            long large => large,
            ulong large => unchecked((long)large),
            nint large => large,
            nuint large => unchecked((long)large),
            AddressFamily family => AddressFamilies.ToKernel(family),
            Enum constant => unchecked(Convert.GetTypeCode(constant) == TypeCode.UInt64 ? (long)Convert.ToUInt64(constant, null) : Convert.ToInt64(constant, null)),
            _ => 0,
        };
        return value is bool or char or sbyte or byte or short or ushort or int or uint or long or ulong or nint or nuint or Enum;
    }

    private static bool TryReadOwner(Expression? owner, out object? value)
    {
        value = null;
        return owner is null || (TryRead(owner, out value) && value is not null);
    }

    private static bool TryConvert(object? operand, Type type, out object? value)
    {
        value = operand;
        if (type.IsInstanceOfType(operand))
        {
            return true;
        }

        if (!TryNumber(operand, out long number) || operand is AddressFamily)
        {
            return false;
        }

        value = Numbers.OfType(type, number);
        return value is not null;
    }
}
