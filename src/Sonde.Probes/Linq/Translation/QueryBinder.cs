using Sonde.Probes.Attach;
using Sonde.Probes.Binding;
using Sonde.Probes.Model;
using Expression = Sonde.Probes.Model.Expression;
using MemberExpression = System.Linq.Expressions.MemberExpression;
using ParameterExpression = System.Linq.Expressions.ParameterExpression;
using Tree = System.Linq.Expressions.Expression;

namespace Sonde.Probes.Linq.Translation;

/// <summary>What becomes of each event that a query lets through.</summary>
/// <param name="scope">Gets the statements.</param>
/// <param name="translator">Translates with the event of the clause.</param>
internal delegate void QueryEnd(ClauseScope scope, ExpressionTranslator translator);

/// <summary>
/// Queries as the typed tree, for the events that this machine has. Like a program's text it is bound until nothing new is learnt of
/// the maps' types.
/// </summary>
internal sealed class QueryBinder
{
    private const string StartMap = "@start";

    private readonly QueryPlan _plan;
    private readonly QueryEnd _end;
    private readonly QueryText _text;
    private readonly ProgramScope _scope;
    private readonly IAttachPoints _points;
    private readonly MemberExpression[] _kept;

    private QueryBinder(QueryPlan plan, QueryEnd end, IEnumerable<Tree> used, IAttachPoints points, ProbeLimits limits)
    {
        (_plan, _end, _points) = (plan, end, points);
        _kept = plan.Start is { } before ? UsedMembers.Of(before.Plan.Record.Event, [.. used, .. plan.Predicates]) : [];
        _text = new(plan.Start is { } start ? [start.Plan.Record, plan.Record] : [plan.Record]);
        ProbeSource source = new(_text.Text, "query") { Syntax = new([], [], [], [], SourceSpan.None) };
        _scope = new(source, points, new ProbeOptions { Limits = limits, KeepsSummaries = true });
    }

    /// <exception cref="ProbeException">The machine has no such events, or the query cannot run in the kernel.</exception>
    /// <param name="plan">The query.</param>
    /// <param name="end">What becomes of each event.</param>
    /// <param name="used">The expressions of which that is made.</param>
    /// <param name="points">What the machine has.</param>
    /// <param name="limits">Of its maps.</param>
    public static ProbeProgram Bind(QueryPlan plan, QueryEnd end, IEnumerable<Tree> used, IAttachPoints points, ProbeLimits? limits = null) =>
        new QueryBinder(plan, end, used, points, limits ?? new()).Bind();

    private ProbeProgram Bind()
    {
        List<Probe> probes;
        int version;
        do
        {
            version = _scope.Version;
            _scope.StartPass();
            probes = [.. BindStart(), .. BindEnd()];
        }
        while (version != _scope.Version);
        return new() { Text = _text.Text, Probes = probes, Maps = _scope.Maps, Outputs = [.. _scope.Outputs], TimeFormats = [] };
    }

    private IEnumerable<Probe> BindStart() => _plan.Start is not { } pair ? [] : Bind(0, pair.Plan.Record, (scope, translator) =>
        Filter(pair.Plan.Predicates, scope, translator, () =>
        {
            IReadOnlyList<Expression> key = Key(pair.StartKey, translator);
            MapSymbol map = _scope.Map(StartMap);
            SourceSpan span = _text.SpanOf(pair.Plan.Record);
            Expression now = new Builtin(BuiltinValue.Nanoseconds, IntegerType.UInt64, span);
            map.UseKey(key, span);
            map.UseValue(Inferred.Of(now), span);
            scope.Add(new AssignMap(map.Map, key, now, span));
            foreach (MemberExpression member in _kept)
            {
                MapSymbol kept = _scope.Map(KeptMap(member));
                Expression value = translator.Value(member);
                kept.UseKey(key, span);
                kept.UseValue(Inferred.Of(value), span);
                scope.Add(new AssignMap(kept.Map, key, value, span));
            }
        }));

    private IEnumerable<Probe> BindEnd() => Bind(1, _plan.Record, (scope, translator) =>
    {
        if (_plan.Start is { } pair)
        {
            Filter(pair.EndPredicates, scope, translator, () => BindPair(pair, scope, translator));
        }
        else
        {
            Filter(_plan.Predicates, scope, translator, () => _end(scope, translator));
        }
    });

    private void BindPair(PairedStart pair, ClauseScope scope, ExpressionTranslator translator)
    {
        IReadOnlyList<Expression> key = Key(pair.EndKey, translator);
        MapSymbol map = _scope.Map(StartMap);
        SourceSpan span = _text.SpanOf(_plan.Record);
        map.UseKey(key, span);
        VariableValue start = scope.Keep(new MapValue(map.Map, key, span));
        If(start, scope, span, () =>
        {
            Expression now = new Builtin(BuiltinValue.Nanoseconds, IntegerType.UInt64, span);
            Expression time = scope.Keep(Operators.Binary(BinaryOperator.Subtract, now, start, span));
            translator.Known[pair.Nanoseconds] = Operators.Cast(time, IntegerType.Int64, span);
            scope.Add(new DeleteFromMap(map.Map, key, span));
            foreach (MemberExpression member in _kept)
            {
                translator.Kept[((ParameterExpression)member.Expression!, member.Member.Name)] = new MapValue(_scope.Map(KeptMap(member)).Map, key, span);
            }

            Filter(_plan.Predicates, scope, translator, () => _end(scope, translator));
            foreach (MemberExpression member in _kept)
            {
                scope.Add(new DeleteFromMap(_scope.Map(KeptMap(member)).Map, key, span));
            }
        });
    }

    private static string KeptMap(MemberExpression member) => $"{StartMap}_{EventRecord.LowerCase(member.Member.Name)}";

    /// <summary>A probe for each kind of event that the record's attach points have.</summary>
    private IEnumerable<Probe> Bind(int clause, EventRecord record, Action<ClauseScope, ExpressionTranslator> bind)
    {
        SourceSpan span = _text.SpanOf(record);
        AttachPointAttribute place = record.AttachPoint!;
        int kind = 0;
        foreach (IGrouping<EventContext, AttachPoint> points in _points.Find(new AttachPattern(place.Provider, place.Parts, span)).GroupBy(point => point.Event))
        {
            ClauseScope scope = new(_scope, points.Key, _scope.Variables(clause, ++kind));
            scope.Apart<object?>(
                () =>
                {
                    bind(scope, new ExpressionTranslator(new FieldBinder(scope, record, _text), record, span));
                    return null;
                },
                out List<Statement> steps);
            yield return new([.. points.Select(point => point.Target)], new Block(steps, span), [.. scope.AllVariables], span);
        }
    }

    private static void Filter(IReadOnlyList<Tree> predicates, ClauseScope scope, ExpressionTranslator translator, Action then)
    {
        if (predicates.Count == 0)
        {
            then();
            return;
        }

        Expression condition = translator.Condition(predicates[0]);
        if (condition is IntegerLiteral { Value: not 0 })
        {
            Filter([.. predicates.Skip(1)], scope, translator, then);
            return;
        }

        If(condition, scope, condition.Span, () => Filter([.. predicates.Skip(1)], scope, translator, then));
    }

    private static void If(Expression condition, ClauseScope scope, SourceSpan span, Action then)
    {
        scope.Apart<object?>(
            () =>
            {
                then();
                return null;
            },
            out List<Statement> steps);
        scope.Add(new If(condition, new Block(steps, span), null, span));
    }

    private IReadOnlyList<Expression> Key(Tree key, ExpressionTranslator translator) =>
        [.. ResultShape.Of(key, _plan).Leaves.Select(leaf => translator.Value(leaf.Leaf!))];
}
