using Sonde.Probes.Attach;
using Sonde.Probes.Binding;
using Sonde.Probes.Linq.Translation;
using Sonde.Probes.Model;
using Expression = System.Linq.Expressions.Expression;

namespace Sonde.Probes.Linq.Results;

/// <summary>Events that are added up by a key.</summary>
/// <param name="Plan">The events.</param>
/// <param name="Key">The key.</param>
/// <param name="Kind">How they are added up.</param>
/// <param name="Value">What is; null to count.</param>
/// <param name="MaxKeys">Different keys at most.</param>
internal sealed record AggregationQuery(QueryPlan Plan, ResultShape Key, AggregationKind Kind, Expression? Value, int MaxKeys)
{
    /// <summary>The map that they are added up in.</summary>
    public const string Map = "@result";

    /// <exception cref="ProbeException">It cannot run in the kernel.</exception>
    public ProbeProgram Bind(IAttachPoints points) => QueryBinder.Bind(
        Plan, AddUp, [.. Key.Leaves.Select(leaf => leaf.Leaf!), .. Value is null ? [] : (Expression[])[Value]], points, new() { MapKeys = MaxKeys });

    private void AddUp(ClauseScope scope, ExpressionTranslator translator)
    {
        Model.Expression[] key = [.. Key.Leaves.Select(leaf => translator.Value(leaf.Leaf!))];
        Model.Expression? value = Value is null ? null : translator.Number(Value);
        bool isSigned = value is not null && !Operators.IsUnsigned(value) && value.Type is not IntegerType { IsSigned: false };
        MapSymbol map = scope.Program.Map(Map);
        map.UseKey(key, SourceSpan.None);
        map.UseAggregation(new(Kind, isSigned) { KeepsSummary = Kind >= AggregationKind.PowerOfTwo }, SourceSpan.None);
        scope.Add(new Aggregate(map.Map, [.. key.Zip(map.Map.KeyTypes, scope.Fitted)], value, SourceSpan.None));
    }
}
