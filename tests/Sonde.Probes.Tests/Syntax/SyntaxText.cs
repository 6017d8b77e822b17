using System.Text;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Tests.Syntax;

/// <summary>A syntax tree as text with all brackets, to compare with.</summary>
internal static class SyntaxText
{
    public static string Of(ExpressionSyntax expression) => expression switch
    {
        IntegerSyntax integer => integer.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        StringSyntax text => $"\"{Encoding.UTF8.GetString(text.Bytes.AsSpan())}\"",
        NameSyntax name => name.Name,
        VariableSyntax variable => variable.Name,
        PositionalSyntax positional => $"${positional.Number}",
        PositionalCountSyntax => "$#",
        MapSyntax { Key: [] } map => map.Name,
        MapSyntax map => $"{map.Name}[{List(map.Key)}]",
        CallSyntax call => $"{call.Name}({List(call.Arguments)})",
        PrefixSyntax prefix => $"({prefix.Operator} {Of(prefix.Operand)})",
        StepSyntax step => $"({(step.IsPostfix ? "post" : "pre")}{(step.Amount > 0 ? "++" : "--")} {Of(step.Target)})",
        BinarySyntax binary => $"({binary.Operator} {Of(binary.Left)} {Of(binary.Right)})",
        ConditionalSyntax conditional => $"(? {Of(conditional.Condition)} {Of(conditional.WhenTrue)} {Of(conditional.WhenFalse)})",
        CastSyntax cast => $"(cast {Of(cast.Type)} {Of(cast.Operand)})",
        MemberSyntax member => $"(member {Of(member.Operand)} {member.Name})",
        TupleItemSyntax item => $"(item {Of(item.Operand)} {item.Index})",
        IndexSyntax index => $"(at {Of(index.Operand)} {Of(index.Index)})",
        TupleSyntax tuple => $"(tuple {List(tuple.Items)})",
        SizeOfSyntax size => $"(sizeof {(size.Type is { } type ? Of(type) : Of(size.Operand!))})",
        OffsetOfSyntax offset => $"(offsetof {Of(offset.Type)} {string.Join('.', offset.Path.Select(name => name.Name))})",
        _ => throw new InvalidOperationException(expression.GetType().Name),
    };

    public static string Of(TypeSyntax type) => type.Name + new string('*', type.Pointers) + string.Concat(type.Lengths.Select(length => $"[{length}]"));

    public static string Of(StatementSyntax statement) => statement switch
    {
        BlockSyntax block => $"{{ {string.Join(' ', block.Statements.Select(Of))} }}",
        ExpressionStatementSyntax evaluated => $"{Of(evaluated.Expression)};",
        AssignmentSyntax assignment => $"{Of(assignment.Target)} {assignment.Operator}= {Of(assignment.Value)};",
        IfSyntax choice => $"if {Of(choice.Condition)} {Of(choice.Then)}{(choice.Else is { } otherwise ? $" else {Of(otherwise)}" : "")}",
        WhileSyntax loop => $"while {Of(loop.Condition)} {Of(loop.Body)}",
        RangeLoopSyntax loop => $"for {Of(loop.Variable)} : {Of(loop.First)}..{Of(loop.End)} {Of(loop.Body)}",
        UnrollSyntax loop => $"unroll {Of(loop.Count)} {Of(loop.Body)}",
        JumpSyntax jump => $"{jump.Kind};",
        _ => throw new InvalidOperationException(statement.GetType().Name),
    };

    private static string List(IEnumerable<ExpressionSyntax> items) => string.Join(", ", items.Select(Of));
}
