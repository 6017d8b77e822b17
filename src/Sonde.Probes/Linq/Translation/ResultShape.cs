using System.Linq.Expressions;
using System.Reflection;
using Sonde.Probes.Model;
using Expression = System.Linq.Expressions.Expression;

namespace Sonde.Probes.Linq.Translation;

/// <summary>
/// How an object is made again in this process of values that come from the kernel: the constructors that an expression calls, with
/// the values that it gives them. They are called by reflection, which the expression itself keeps alive under NativeAOT.
/// </summary>
internal sealed class ResultShape
{
    private readonly Func<object?[], object?>? _make;
    private readonly ResultShape[] _parts;

    private ResultShape(Expression leaf, string name) => (Leaf, Name, _parts) = (leaf, name, []);

    private ResultShape(ResultShape[] parts, Func<object?[], object?> make) => (_parts, _make, Name) = (parts, make, "");

    /// <summary>The values that the kernel keeps, in order.</summary>
    public IEnumerable<ResultShape> Leaves => Leaf is null ? _parts.SelectMany(part => part.Leaves) : [this];

    /// <summary>The value's expression; null for an object.</summary>
    public Expression? Leaf { get; }

    /// <summary>What the value is called: the member's or parameter's name.</summary>
    public string Name { get; }

    /// <summary>The shape without values.</summary>
    public static ResultShape Nothing { get; } = new([], _ => default(NoKey));

    /// <param name="expression">What makes the object, written with the query's events.</param>
    /// <param name="plan">The query: an event's own shape, where it is kept as a whole.</param>
    /// <param name="name">What it is called when it is a value.</param>
    public static ResultShape Of(Expression expression, QueryPlan plan, string name = "value")
    {
        switch (expression)
        {
            case NewExpression { Constructor: { } constructor } made when Numbers.TypeOf(made.Type) is null:
                ParameterInfo[] parameters = constructor.GetParameters();
                return new([.. made.Arguments.Select((argument, i) => Of(argument, plan, made.Members?[i].Name ?? parameters[i].Name ?? name))], constructor.Invoke);
            case MemberInitExpression { NewExpression: { Constructor: { } constructor, Arguments.Count: 0 } } made when made.Bindings.All(each => each is MemberAssignment):
                MemberInfo[] members = [.. made.Bindings.Select(binding => binding.Member)];
                return new([.. made.Bindings.Cast<MemberAssignment>().Select(binding => Of(binding.Expression, plan, binding.Member.Name))], values => Initialized(constructor, members, values));
            case MethodCallExpression { Method: { Name: "Create", DeclaringType: { } type } method } made when type == typeof(ValueTuple) || type == typeof(Tuple):
                return new([.. made.Arguments.Select((argument, i) => Of(argument, plan, NameOf(argument) ?? $"item{i + 1}"))], values => method.Invoke(null, values));
            case ParameterExpression parameter when plan.RecordOf(parameter) is { } record:
                return new([.. record.Fields.Select(field => new ResultShape(Expression.MakeMemberAccess(parameter, field.Property), field.Property.Name))], record.Make);
            default:
                return new(expression, NameOf(expression) ?? name);
        }
    }

    /// <summary>The values of the <see cref="Leaves"/>, which lie one behind the other.</summary>
    /// <param name="bytes">All of them.</param>
    /// <param name="types">What lies there.</param>
    public object?[] Values(ReadOnlySpan<byte> bytes, IReadOnlyList<ProbeType> types)
    {
        object?[] values = new object?[types.Count];
        int next = 0;
        foreach (ResultShape leaf in Leaves)
        {
            values[next] = ValueReader.Read(leaf.Leaf!.Type, types[next], bytes[..types[next].Size]);
            bytes = bytes[types[next++].Size..];
        }

        return values;
    }

    /// <summary>The object that has these values.</summary>
    public object? Make(object?[] values)
    {
        int next = 0;
        return Make(values, ref next);
    }

    private static string? NameOf(Expression expression) => (expression as MemberExpression)?.Member.Name;

    private static object? Initialized(ConstructorInfo constructor, MemberInfo[] members, object?[] values)
    {
        object made = constructor.Invoke([]);
        for (int i = 0; i < members.Length; i++)
        {
            (members[i] as PropertyInfo)?.SetValue(made, values[i]);
            (members[i] as FieldInfo)?.SetValue(made, values[i]);
        }

        return made;
    }

    private object? Make(object?[] values, ref int next)
    {
        if (_make is null)
        {
            return values[next++];
        }

        object?[] parts = new object?[_parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = _parts[i].Make(values, ref next);
        }

        return _make(parts);
    }
}
