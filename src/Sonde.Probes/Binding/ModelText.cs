using System.Text;
using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>
/// The typed tree as text, without positions: two trees with the same text mean the same. The binder finds by it which attach points
/// share a program.
/// </summary>
internal static class ModelText
{
    public static string Of(ProbeOutput output) => output switch
    {
        FormatOutput format => $"format {format.Kind} {Quoted(format.Format)} {Types(format.Values)}",
        TimeOutput time => $"time {Quoted(time.Format)}",
        PrintMapOutput print => $"print {print.Map.Name} {print.Top} {print.Divisor}",
        PrintValueOutput print => $"print {Of(print.Type)}",
        ClearMapOutput clear => $"{(clear.KeepKeys ? "zero" : "clear")} {clear.Map.Name}",
        _ => output.GetType().Name,
    };

    public static string Of(Statement statement) => statement switch
    {
        Evaluate evaluate => $"(evaluate {Of(evaluate.Expression)})",
        AssignVariable assign => $"(set {Of(assign.Variable)} {Of(assign.Value)})",
        AssignMap assign => $"(set {Place(assign.Map, assign.Key)} {Of(assign.Value)})",
        AddToMap add => $"(add {Place(add.Map, add.Key)} {Of(add.Amount)})",
        Aggregate aggregate => $"({Of(aggregate.Map.Aggregation!)} {Place(aggregate.Map, aggregate.Key)}{(aggregate.Value is { } value ? $" {Of(value)}" : "")})",
        DeleteFromMap delete => $"(delete {Place(delete.Map, delete.Key)})",
        If choice => $"(if {Of(choice.Condition)} {Of(choice.Then)}{(choice.Else is { } otherwise ? $" {Of(otherwise)}" : "")})",
        While loop => $"(while {loop.Limit} {Of(loop.Condition)} {Of(loop.Body)})",
        Unroll loop => $"(unroll {loop.Count} {Of(loop.Body)})",
        Jump jump => $"({jump.Kind})",
        Send send => $"(send {send.Output}{Items(send.Values)})",
        Block block => $"{{{string.Concat(block.Statements.Select(inner => $" {Of(inner)}"))} }}",
        _ => throw new ArgumentException(statement.GetType().Name),
    };

    public static string Of(Expression expression) => expression switch
    {
        IntegerLiteral literal => $"{literal.Value}{(literal.Integer == IntegerType.Int64 ? "" : $":{Of(literal.Integer)}")}",
        StringLiteral literal => $"{Quoted(Encoding.Latin1.GetString(literal.Bytes.AsSpan()))}:{Of(literal.String)}",
        Builtin builtin => builtin.Value is BuiltinValue.Context ? "ctx" : $"{builtin.Value}:{Of(builtin.Type)}",
        Load load => $"(load {load.Space} {Of(load.Address)}+{load.Offset} {load.Width}{(load.BitCount > 0 ? $" bits {load.BitOffset}+{load.BitCount}" : "")} {Of(load.Type)})",
        AddressOf place => $"(at {Of(place.Address)}+{place.Offset} {Of(place.Type)})",
        ReadString read => $"(string {read.Space} {Of(read.Address)}{(read.Limit is { } limit ? $" limit {Of(limit)}" : "")} {Of(read.String)})",
        ReadBytes read => $"(bytes {read.Space} {Of(read.Address)}{(read.Length is { } length ? $" length {Of(length)}" : "")} {Of(read.Buffer)})",
        VariableValue value => Of(value.Variable),
        MapValue value => $"{Place(value.Map, value.Key)}:{Of(value.Type)}",
        Unary unary => $"({unary.Operator} {Of(unary.Operand)} {Of(unary.Type)})",
        Binary binary => $"({binary.Operator}{(binary.IsSigned ? "" : ".u")} {Of(binary.Left)} {Of(binary.Right)} {Of(binary.Type)})",
        Cast cast => $"(cast {Of(cast.Operand)} {Of(cast.Integer)})",
        Conditional conditional => $"(? {Of(conditional.Condition)} {Of(conditional.WhenTrue)} {Of(conditional.WhenFalse)} {Of(conditional.Type)})",
        CompareStrings compare => $"(differ {compare.Count} {Of(compare.Left)} {Of(compare.Right)})",
        StringContains contains => $"(contains {Of(contains.Text)} {Quoted(Encoding.Latin1.GetString(contains.Part.AsSpan()))})",
        TupleValue tuple => $"(tuple{Items(tuple.Items)})",
        TupleItem item => $"(item {Of(item.Tuple)} {item.Index} {Of(item.Type)})",
        Rendered rendered => $"(render {Of(rendered.Operand)} {Of(rendered.Rendering)})",
        InternetAddress address => $"(inet {(address.Family is { } family ? Of(family) : "-")} {address.Space} {Of(address.Address)} {address.Size})",
        MacAddressValue address => $"(mac {address.Space} {Of(address.Address)})",
        StackTrace stack => Of(stack.Type),
        UnknownValue => "unknown",
        NoValue => "nothing",
        _ => throw new ArgumentException(expression.GetType().Name),
    };

    public static string Of(ProbeType type) => type switch
    {
        PointerType pointer => $"{TypeText.Of(pointer)}@{pointer.Space}",
        PlaceType place => $"{TypeText.Of(place)}@{place.Space}",
        RenderedType rendered => $"{TypeText.Of(rendered)}{(rendered.Format != 0 ? $".{rendered.Format}" : "")}{(rendered.Depth != 0 ? $".{rendered.Depth}" : "")}{(rendered.IsPerfStyle ? ".perf" : "")}",
        IntegerType { Enumeration: { } enumeration } integer => $"{TypeText.Of(integer)}.{enumeration.Id}",
        _ => TypeText.Of(type),
    };

    public static string Of(ProbeVariable variable) => $"{variable.Name}:{Of(variable.Type)}";

    private static string Of(Aggregation aggregation) => aggregation.Kind == AggregationKind.Linear
        ? $"lhist {aggregation.LinearMin} {aggregation.LinearMax} {aggregation.LinearStep}"
        : MapSymbol.FunctionOf(aggregation);

    private static string Place(ProbeMap map, IReadOnlyList<Expression> key) =>
        key.Count == 0 ? map.Name : $"{map.Name}[{string.Join(", ", key.Select(Of))}]";

    private static string Items(IEnumerable<Expression> items) => string.Concat(items.Select(item => $" {Of(item)}"));

    private static string Types(IEnumerable<ProbeType> types) => $"({string.Join(", ", types.Select(Of))})";

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

}
