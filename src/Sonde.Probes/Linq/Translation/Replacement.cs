using System.Linq.Expressions;

namespace Sonde.Probes.Linq.Translation;

/// <summary>Writes expressions for parameters; a member of a new object is what the object was made with.</summary>
internal sealed class Replacement : ExpressionVisitor
{
    private readonly Dictionary<ParameterExpression, Expression> _values;

    private Replacement(Dictionary<ParameterExpression, Expression> values) => _values = values;

    public static Expression In(Expression body, params ReadOnlySpan<(ParameterExpression Parameter, Expression Value)> values)
    {
        Dictionary<ParameterExpression, Expression> all = [];
        foreach ((ParameterExpression parameter, Expression value) in values)
        {
            all.Add(parameter, value);
        }

        return new Replacement(all).Visit(body);
    }

    protected override Expression VisitParameter(ParameterExpression node) => _values.GetValueOrDefault(node, node);

    protected override Expression VisitMember(MemberExpression node)
    {
        if (node.Expression is null)
        {
            return node;
        }

        Expression owner = Visit(node.Expression);
        return (owner switch
        {
            NewExpression { Members: { } members } made => Find(made, i => members[i].Name == node.Member.Name),
            NewExpression { Constructor: { } constructor } made when constructor.GetParameters() is var parameters =>
                Find(made, i => string.Equals(parameters[i].Name, node.Member.Name, StringComparison.OrdinalIgnoreCase)),
            MemberInitExpression made => made.Bindings.OfType<MemberAssignment>().FirstOrDefault(each => each.Member.Name == node.Member.Name)?.Expression,
            MethodCallExpression { Method: { Name: "Create", DeclaringType: { } type } } made when type == typeof(ValueTuple) || type == typeof(Tuple) =>
                Find(made, i => node.Member.Name == $"Item{i + 1}"),
            _ => null,
        }) ?? node.Update(owner);
    }

    private static Expression? Find(IArgumentProvider made, Predicate<int> isMeant)
    {
        for (int i = 0; i < made.ArgumentCount; i++)
        {
            if (isMeant(i))
            {
                return made.GetArgument(i);
            }
        }

        return null;
    }
}
