using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary><c>@x = count()</c> and its like: functions that add up in a map.</summary>
internal sealed class Aggregations(ClauseScope scope, ExpressionBinder binder)
{
    private static readonly Dictionary<string, (AggregationKind Kind, int Least, int Most, string Usage)> _kinds = new()
    {
        ["count"] = (AggregationKind.Count, 0, 0, "count()"),
        ["sum"] = (AggregationKind.Sum, 1, 1, "sum(number)"),
        ["avg"] = (AggregationKind.Average, 1, 1, "avg(number)"),
        ["min"] = (AggregationKind.Minimum, 1, 1, "min(number)"),
        ["max"] = (AggregationKind.Maximum, 1, 1, "max(number)"),
        ["stats"] = (AggregationKind.Statistics, 1, 1, "stats(number)"),
        ["hist"] = (AggregationKind.PowerOfTwo, 1, 2, "hist(number)"),
        ["lhist"] = (AggregationKind.Linear, 4, 4, "lhist(number, min, max, step)"),
    };

    public static IEnumerable<string> Names => _kinds.Keys;

    public static bool IsAggregation(string name) => _kinds.ContainsKey(name);

    public void Assign(MapSyntax target, CallSyntax call, SourceSpan span)
    {
        (AggregationKind kind, int least, int most, string usage) = _kinds[call.Name];
        Functions.RequireCount(call, least, most, usage);
        Expression? value = call.Arguments.Count > 0 ? binder.Scalar(call.Arguments[0], $"What {call.Name}() adds up") : null;
        bool isSigned = value is not null && !Operators.IsUnsigned(value) && value.Type is not (IntegerType { IsSigned: false } or UnknownType)
            && !Inferred.IsNeutralNumber(value);
        // Whatever the type: an error that a function returns as an unsigned number is below every bucket, not above.
        bool isHistogram = kind is AggregationKind.PowerOfTwo or AggregationKind.Linear;
        Aggregation aggregation = new(kind, isSigned || isHistogram) { KeepsSummary = scope.Program.Options.KeepsSummaries && isHistogram };
        if (kind == AggregationKind.PowerOfTwo && call.Arguments.Count == 2 && binder.Constant(call.Arguments[1], "The bits of hist()") != 0)
        {
            throw new ProbeException("Finer buckets than powers of two are not supported: leave the second argument out, or use lhist().", call.Arguments[1].Span);
        }

        if (kind == AggregationKind.Linear)
        {
            aggregation = Linear(aggregation, call);
        }

        MapSymbol symbol = scope.Program.Map(target.Name);
        IReadOnlyList<Expression> key = binder.Key(target);
        symbol.UseAggregation(aggregation, span);
        scope.Add(new Aggregate(symbol.Map, key, value, span));
    }

    private Aggregation Linear(Aggregation aggregation, CallSyntax call)
    {
        long min = binder.Constant(call.Arguments[1], "lhist()'s minimum");
        long max = binder.Constant(call.Arguments[2], "lhist()'s maximum");
        long step = binder.Constant(call.Arguments[3], "lhist()'s step");
        if (step < 1 || min < 0 || max <= min)
        {
            throw new ProbeException("lhist(number, min, max, step) wants 0 <= min < max, and a step of 1 or more.", call.Span);
        }

        long buckets = (max - min) / step;
        int limit = scope.Program.Limits.LinearBuckets;
        return buckets >= 1 && buckets <= limit
            ? aggregation with { LinearMin = min, LinearMax = max, LinearStep = step }
            : throw new ProbeException($"lhist() has 1 to {limit} buckets between its bounds, not {buckets}: take a larger step.", call.Span);
    }
}
