using System.Collections;
using System.Linq.Expressions;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sonde.Probes.Binding;
using Sonde.Probes.Model;
using Expression = Sonde.Probes.Model.Expression;
using Tree = System.Linq.Expressions.Expression;

namespace Sonde.Probes.Linq.Translation;

/// <summary>Expressions of C# as values of the typed tree. What C# would do is what the kernel does, or it is refused with a reason.</summary>
/// <param name="fields">The event's properties.</param>
/// <param name="record">The event.</param>
/// <param name="span">Of the clause, in the query's text.</param>
internal sealed class ExpressionTranslator(FieldBinder fields, EventRecord record, SourceSpan span)
{
    private const int MostAlternatives = 64;

    /// <summary>Parameters that are values of the clause itself.</summary>
    public Dictionary<ParameterExpression, Expression> Known { get; } = [];

    /// <summary>The properties of an event before this one that are values of the clause, written with that event.</summary>
    public Dictionary<(ParameterExpression Event, string Property), Expression> Kept { get; } = [];

    /// <exception cref="ProbeException">It cannot run in the kernel: the message has the expression's text and the reason.</exception>
    public Expression Value(Tree tree)
    {
        if (tree is not ParameterExpression && Constants.TryRead(tree, out object? constant))
        {
            return Constant(constant, tree);
        }

        return tree switch
        {
            ParameterExpression parameter when Known.TryGetValue(parameter, out Expression? known) => known,
            ParameterExpression => throw Refuse(tree, "an event as a whole is no value: name one of its properties"),
            MemberExpression { Expression: ParameterExpression parameter } member when parameter == record.Event => fields.Bind(member.Member),
            MemberExpression { Expression: ParameterExpression parameter } member when Kept.TryGetValue((parameter, member.Member.Name), out Expression? kept) => kept,
            MemberExpression member => throw Refuse(tree, $"{member.Member.DeclaringType?.Name}.{member.Member.Name} is computed by .NET"),
            UnaryExpression unary => Unary(unary),
            BinaryExpression binary => Binary(binary),
            ConditionalExpression conditional => Conditional(conditional),
            MethodCallExpression call => Call(call),
            NewExpression or MemberInitExpression or NewArrayExpression => throw Refuse(tree, "objects are not made in the kernel, only as a key or as what Select() yields"),
            _ => throw Refuse(tree, $"there is nothing like {tree.NodeType} in the kernel"),
        };
    }

    /// <summary>A value that is true when it is not 0.</summary>
    public Expression Condition(Tree tree) => Operators.Condition(Value(tree));

    /// <summary>A value to add up.</summary>
    public Expression Number(Tree tree)
    {
        Expression value = Value(tree);
        return value.Type is IntegerType or PointerType ? value : throw Refuse(tree, $"it is {TypeText.Of(value.Type)}, not a number");
    }

    /// <summary>What has no meaning in the kernel.</summary>
    public ProbeException Refuse(Tree tree, string reason) => new($"'{tree}' cannot run in the kernel: {reason}.", span);

    private Expression Constant(object? value, Tree tree)
    {
        if (Constants.TryNumber(value, out long number))
        {
            return new IntegerLiteral(number, Numbers.TypeOf(value!.GetType()) is { Width: 8, IsSigned: false } unsigned ? unsigned : IntegerType.Int64, span);
        }

        if (value is string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            return new StringLiteral([.. bytes], new StringType(bytes.Length + 1), span);
        }

        throw Refuse(tree, value is null ? "the kernel has no null" : $"{value.GetType().Name} is no value of the kernel's");
    }

    private Expression Unary(UnaryExpression unary)
    {
        if (unary.Method is not null)
        {
            throw Refuse(unary, $"{unary.Method.DeclaringType?.Name} defines the operator itself");
        }

        switch (unary.NodeType)
        {
            case ExpressionType.Convert when unary.Type == typeof(object) || unary.Type == unary.Operand.Type:
                return Value(unary.Operand);
            case ExpressionType.Convert when unary.Operand.Type == typeof(AddressFamily):
                throw Refuse(unary, "the kernel and .NET number address families differently: compare them with == and !=");
            case ExpressionType.Convert when Numbers.TypeOf(unary.Type) is { } type:
                return CSharpNumbers.Fitted(Number(unary.Operand), type, span);
            case ExpressionType.Not when unary.Type == typeof(bool):
                return Operators.Unary(Syntax.PrefixOperator.Not, Value(unary.Operand), span);
            case ExpressionType.Not or ExpressionType.OnesComplement when Numbers.TypeOf(unary.Type) is { } type:
                return CSharpNumbers.Cut(Operators.Unary(Syntax.PrefixOperator.Complement, Number(unary.Operand), span), type, span);
            case ExpressionType.Negate when Numbers.TypeOf(unary.Type) is { } type:
                return CSharpNumbers.Cut(Operators.Unary(Syntax.PrefixOperator.Negate, Number(unary.Operand), span), type, span);
            case ExpressionType.ConvertChecked or ExpressionType.NegateChecked:
                throw Refuse(unary, "the kernel cannot throw when a number overflows: write unchecked(…) around the query");
            default:
                throw Refuse(unary, unary.NodeType == ExpressionType.Convert ? $"a value cannot be made {unary.Type.Name} there" : $"there is nothing like {unary.NodeType} in the kernel");
        }
    }

    private Expression Binary(BinaryExpression binary)
    {
        BinaryOperator sign = SignOf(binary);
        if (sign is BinaryOperator.Equal or BinaryOperator.NotEqual && Equality(binary.Left, binary.Right) is { } equal)
        {
            return sign == BinaryOperator.Equal ? equal : Operators.Unary(Syntax.PrefixOperator.Not, equal, span);
        }

        if (binary.Method is { } method)
        {
            throw Refuse(binary, $"{method.DeclaringType?.Name} defines the operator itself");
        }

        if (sign is BinaryOperator.And or BinaryOperator.Or)
        {
            return Operators.Binary(sign, Condition(binary.Left), Condition(binary.Right), span);
        }

        Expression left = Number(binary.Left), right = Number(binary.Right);
        if (sign is BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight)
        {
            // C# takes no more bits of the count than the type has use for.
            long mask = Numbers.TypeOf(binary.Left.Type) is { Width: 8 } ? 63 : 31;
            right = Operators.Binary(BinaryOperator.BitAnd, right, new IntegerLiteral(mask, IntegerType.Int64, span), span);
        }

        Expression result = Operators.Binary(sign, Plain(left), Plain(right), span);
        return binary.Type == typeof(bool) || Numbers.TypeOf(binary.Type) is not { } type ? result
            : sign is BinaryOperator.BitAnd or BinaryOperator.BitOr or BinaryOperator.BitXor or BinaryOperator.Divide or BinaryOperator.Remainder or BinaryOperator.ShiftRight
                ? CSharpNumbers.Fitted(result is Model.Binary computed ? computed with { Type = type } : result, type, span)
            : CSharpNumbers.Cut(result, type, span);
    }

    /// <summary>An address as a number: C# adds bytes to it.</summary>
    private Expression Plain(Expression value) => value.Type is PointerType ? Operators.Cast(value, IntegerType.UInt64, span) : value;

    private BinaryOperator SignOf(BinaryExpression binary) => binary.NodeType switch
    {
        ExpressionType.Add => BinaryOperator.Add,
        ExpressionType.Subtract => BinaryOperator.Subtract,
        ExpressionType.Multiply => BinaryOperator.Multiply,
        ExpressionType.Divide => BinaryOperator.Divide,
        ExpressionType.Modulo => BinaryOperator.Remainder,
        ExpressionType.And => BinaryOperator.BitAnd,
        ExpressionType.Or => BinaryOperator.BitOr,
        ExpressionType.ExclusiveOr => BinaryOperator.BitXor,
        ExpressionType.LeftShift => BinaryOperator.ShiftLeft,
        ExpressionType.RightShift => BinaryOperator.ShiftRight,
        ExpressionType.Equal => BinaryOperator.Equal,
        ExpressionType.NotEqual => BinaryOperator.NotEqual,
        ExpressionType.LessThan => BinaryOperator.Less,
        ExpressionType.LessThanOrEqual => BinaryOperator.LessOrEqual,
        ExpressionType.GreaterThan => BinaryOperator.Greater,
        ExpressionType.GreaterThanOrEqual => BinaryOperator.GreaterOrEqual,
        ExpressionType.AndAlso => BinaryOperator.And,
        ExpressionType.OrElse => BinaryOperator.Or,
        ExpressionType.AddChecked or ExpressionType.SubtractChecked or ExpressionType.MultiplyChecked =>
            throw Refuse(binary, "the kernel cannot throw when a number overflows: write unchecked(…) around the query"),
        _ => throw Refuse(binary, $"there is nothing like {binary.NodeType} in the kernel"),
    };

    /// <summary>Whether two values are equal, where that is not a matter of two numbers; null where it is.</summary>
    private Expression? Equality(Tree left, Tree right)
    {
        if (left.Type == typeof(string) && right.Type == typeof(string))
        {
            return Operators.Binary(BinaryOperator.Equal, Value(left), Value(right), span);
        }

        if (typeof(IPAddress).IsAssignableFrom(left.Type) || typeof(IPAddress).IsAssignableFrom(right.Type))
        {
            return Constants.TryRead(right, out object? known) ? Address(left, known) : Constants.TryRead(left, out known) ? Address(right, known)
                : throw Refuse(Tree.Equal(left, right), "one of two addresses has to be known before the query is started");
        }

        Expression? family = FamilyOf(left) ?? FamilyOf(right);
        return family is null ? null
            : Operators.Binary(BinaryOperator.Equal, FamilyOf(left) ?? FamilyIn(left), FamilyOf(right) ?? FamilyIn(right), span);
    }

    /// <summary>A family that the compiler has made a plain number, .NET's.</summary>
    private IntegerLiteral FamilyIn(Tree tree) => Constants.TryRead(tree, out object? value) && Constants.TryNumber(value, out long number)
        ? new(AddressFamilies.ToKernel((AddressFamily)number), IntegerType.Int64, span)
        : throw Refuse(tree, "the kernel and .NET number address families differently: compare them with one another");

    /// <summary>An address family in the kernel's numbers, and null for plain numbers.</summary>
    private Expression? FamilyOf(Tree tree)
    {
        if (tree is UnaryExpression { NodeType: ExpressionType.Convert } convert && convert.Operand.Type == typeof(AddressFamily))
        {
            return Value(convert.Operand);
        }

        return tree.Type == typeof(AddressFamily) ? Value(tree) : null;
    }

    private Expression Address(Tree tree, object? known)
    {
        IPAddress address = known as IPAddress ?? throw Refuse(tree, "it is compared with what is no address");
        if (Value(tree) is not InternetAddress value)
        {
            throw Refuse(tree, "it is no address");
        }

        if (value.Size == 16)
        {
            byte[] bytes = address.MapToIPv6().GetAddressBytes();
            return Operators.Binary(BinaryOperator.And, Half(0), Half(8), span);

            Expression Half(int offset) => Operators.Binary(
                BinaryOperator.Equal, new Load(value.Address, value.Space, offset, 8, 0, 0, IntegerType.UInt64, span),
                new IntegerLiteral(BitConverter.ToInt64(bytes, offset), IntegerType.UInt64, span), span);
        }

        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            return new IntegerLiteral(0, IntegerType.Int64, span);
        }

        IntegerType word = new(4, false);
        Expression number = value.Size == 0 ? value.Address : new Load(value.Address, value.Space, 0, 4, 0, 0, word, span);
        return Operators.Binary(BinaryOperator.Equal, number, new IntegerLiteral(BitConverter.ToUInt32(address.GetAddressBytes()), word, span), span);
    }

    private Expression Conditional(ConditionalExpression conditional)
    {
        Expression condition = Condition(conditional.Test), then = Value(conditional.IfTrue), otherwise = Value(conditional.IfFalse);
        return condition is IntegerLiteral known
            ? known.Value != 0 ? then : otherwise
            : Inferred.Merge(Inferred.Of(then), Inferred.Of(otherwise)) is { } merged
            ? new Conditional(condition, then, otherwise, merged.Type, span)
            : throw Refuse(conditional, $"one branch is {TypeText.Of(then.Type)}, the other {TypeText.Of(otherwise.Type)}");
    }

    private Expression Call(MethodCallExpression call)
    {
        string name = call.Method.Name;
        Tree[] arguments = call.Object is { } target ? [target, .. call.Arguments] : [.. call.Arguments];
        if (name == "Equals" && arguments.Length == 2)
        {
            return Equality(Unboxed(arguments[0]), Unboxed(arguments[1]))
                ?? Operators.Binary(BinaryOperator.Equal, Number(Unboxed(arguments[0])), Number(Unboxed(arguments[1])), span);
        }

        if (call.Method.DeclaringType == typeof(string) && arguments.Length > 1 && IsOrdinal(arguments[2..]) && TextOf(arguments[1]) is { } part)
        {
            Expression text = Value(arguments[0]);
            switch (name)
            {
                case "StartsWith" when part.Length == 0 || part.Length >= ((StringType)text.Type).Capacity:
                    return new IntegerLiteral(part.Length == 0 ? 1 : 0, IntegerType.Int64, span);
                case "StartsWith":
                    return new Unary(UnaryOperator.Not, new CompareStrings(text, new StringLiteral([.. part], new StringType(part.Length + 1), span), part.Length, span), IntegerType.Int64, span);
                case "Contains":
                    return new StringContains(text, [.. part], span);
            }
        }

        if (name == "IsNullOrEmpty" && arguments.Length == 1)
        {
            return Operators.Binary(BinaryOperator.Equal, Value(arguments[0]), new StringLiteral([], new StringType(1), span), span);
        }

        if (name == "Contains" && arguments.Length == 2 && ItemsOf(arguments[0]) is { } items)
        {
            return IsAmong(items, arguments[1], call);
        }

        throw Refuse(call, arguments.Length == 0 || arguments.All(argument => Constants.TryRead(argument, out _))
            ? "it is a call: put its result in a variable before the query"
            : $"{call.Method.DeclaringType?.Name}.{name}() is not among what can be compiled: Equals, StartsWith and Contains with StringComparison.Ordinal are, and Contains of arrays and lists");
    }

    private static Tree Unboxed(Tree tree) => tree is UnaryExpression { NodeType: ExpressionType.Convert } boxed && boxed.Type == typeof(object) ? boxed.Operand : tree;

    private static bool IsOrdinal(Tree[] rest) =>
        rest.Length == 0 || (rest.Length == 1 && Constants.TryRead(rest[0], out object? comparison) && comparison is StringComparison.Ordinal);

    private static byte[]? TextOf(Tree tree) => !Constants.TryRead(tree, out object? value) ? null : value switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        char character => Encoding.UTF8.GetBytes([character]),
        _ => null,
    };

    /// <summary>The items of a collection from around the query; arrays come as spans.</summary>
    private static List<object?>? ItemsOf(Tree tree) =>
        tree is MethodCallExpression { Method.Name: "op_Implicit", Arguments: [Tree array] } ? ItemsOf(array)
        : tree.Type != typeof(string) && Constants.TryRead(tree, out object? value) && value is IEnumerable items ? [.. items.Cast<object?>()]
        : null;

    private Expression IsAmong(List<object?> items, Tree item, MethodCallExpression call)
    {
        if (items.Count > MostAlternatives)
        {
            throw Refuse(call, $"it has {items.Count} alternatives, and {MostAlternatives} are the most");
        }

        Expression result = new IntegerLiteral(0, IntegerType.Int64, span);
        foreach (object? each in items)
        {
            Tree known = Tree.Constant(each, item.Type);
            Expression equal = Equality(item, known) ?? Operators.Binary(BinaryOperator.Equal, Number(item), Number(known), span);
            result = result is IntegerLiteral { Value: 0 } ? equal : Operators.Binary(BinaryOperator.Or, result, equal, span);
        }

        return result;
    }
}
