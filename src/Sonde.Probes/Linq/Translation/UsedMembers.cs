using System.Linq.Expressions;

namespace Sonde.Probes.Linq.Translation;

/// <summary>Finds what expressions use of an event.</summary>
internal sealed class UsedMembers : ExpressionVisitor
{
    private readonly ParameterExpression _event;
    private readonly Dictionary<string, MemberExpression> _members = [];

    private UsedMembers(ParameterExpression @event) => _event = @event;

    /// <summary>Its properties in the expressions, each once, in the order in which they come.</summary>
    public static MemberExpression[] Of(ParameterExpression @event, IEnumerable<Expression> expressions)
    {
        var members = new UsedMembers(@event);
        foreach (Expression expression in expressions)
        {
            members.Visit(expression);
        }

        return [.. members._members.Values];
    }

    protected override Expression VisitMember(MemberExpression node)
    {
        if (node.Expression == _event)
        {
            _members.TryAdd(node.Member.Name, node);
        }

        return base.VisitMember(node);
    }
}
