using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>The parts of expressions and statements.</summary>
internal static class TreeWalk
{
    /// <summary>All expressions in a statement, inner statements included, each before its parts.</summary>
    internal static IEnumerable<Expression> Expressions(Statement statement) =>
        Statements(statement).SelectMany(Roots).SelectMany(Expressions);

    /// <summary>The statement and all in it.</summary>
    internal static IEnumerable<Statement> Statements(Statement statement) => statement switch
    {
        Block block => block.Statements.SelectMany(Statements).Prepend(block),
        If choice => [choice, .. Statements(choice.Then), .. choice.Else is null ? [] : Statements(choice.Else)],
        While loop => Statements(loop.Body).Prepend(loop),
        Unroll unroll => Statements(unroll.Body).Prepend(unroll),
        _ => [statement],
    };

    internal static IEnumerable<Expression> Expressions(Expression expression) => Parts(expression).SelectMany(Expressions).Prepend(expression);

    internal static IEnumerable<Expression> Parts(Expression expression) => expression switch
    {
        Load load => [load.Address],
        AddressOf address => [address.Address],
        ReadString read => read.Limit is null ? [read.Address] : [read.Address, read.Limit],
        ReadBytes read => read.Length is null ? [read.Address] : [read.Address, read.Length],
        MapValue value => value.Key,
        Unary unary => [unary.Operand],
        Binary binary => [binary.Left, binary.Right],
        Cast cast => [cast.Operand],
        Conditional choice => [choice.Condition, choice.WhenTrue, choice.WhenFalse],
        CompareStrings compare => [compare.Left, compare.Right],
        StringContains contains => [contains.Text],
        TupleValue tuple => tuple.Items,
        TupleItem item => [item.Tuple],
        Rendered rendered => [rendered.Operand],
        InternetAddress address => address.Family is null ? [address.Address] : [address.Family, address.Address],
        MacAddressValue address => [address.Address],
        _ => [],
    };

    /// <summary>The expressions that a statement itself has, without those of inner statements.</summary>
    private static IEnumerable<Expression> Roots(Statement statement) => statement switch
    {
        Evaluate evaluate => [evaluate.Expression],
        AssignVariable assign => [assign.Value],
        AssignMap assign => [.. assign.Key, assign.Value],
        AddToMap add => [.. add.Key, add.Amount],
        Aggregate aggregate => aggregate.Value is null ? aggregate.Key : [.. aggregate.Key, aggregate.Value],
        DeleteFromMap delete => delete.Key,
        If choice => [choice.Condition],
        While loop => [loop.Condition],
        Send send => send.Values,
        _ => [],
    };
}
