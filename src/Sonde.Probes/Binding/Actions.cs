using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>Functions that are called for their effect: each becomes a statement, most of them an event for user space.</summary>
internal sealed class Actions(ClauseScope scope, ExpressionBinder binder, Functions functions, Memory memory)
{
    private static readonly Dictionary<string, Action<Actions, CallSyntax>> _actions = new()
    {
        ["printf"] = (a, call) => a.Format(call, FormatKind.Print),
        ["cat"] = (a, call) => a.Format(call, FormatKind.Cat),
        ["join"] = (a, call) => a.Join(call),
        ["time"] = (a, call) => a.Time(call),
        ["print"] = (a, call) => a.Print(call),
        ["clear"] = (a, call) => a.Clear(call, keepKeys: false),
        ["zero"] = (a, call) => a.Clear(call, keepKeys: true),
        ["delete"] = (a, call) => a.Delete(call),
        ["exit"] = (a, call) => a.Exit(call),
    };

    public static IEnumerable<string> Names => _actions.Keys;

    public static bool IsAction(string name) => _actions.ContainsKey(name);

    public Expression Call(CallSyntax call)
    {
        _actions[call.Name](this, call);
        return new NoValue(call.Name, call.Span);
    }

    private void Format(CallSyntax call, FormatKind kind)
    {
        if (call.Arguments.Count == 0)
        {
            throw new ProbeException($"{call.Name}() needs a format.", call.Span);
        }

        string format = functions.Literal(call.Arguments[0], "A format");
        Expression[] values = [.. call.Arguments.Skip(1).Select(binder.Value)];
        FormatCheck.Require(format, values, call);
        Send(new FormatOutput(kind, format, [.. values.Select(Kept)]), values, call.Span);
    }

    /// <summary>
    /// The strings of an array that ends with a null pointer, as <c>argv</c> does. Once a pointer is null all that follow are taken as
    /// null, and the strings are empty.
    /// </summary>
    private void Join(CallSyntax call)
    {
        Functions.RequireCount(call, 1, 2, "join(array of strings [, \"separator\"])");
        string separator = call.Arguments.Count == 2 ? functions.Literal(call.Arguments[1], "A separator") : " ";
        Expression operand = binder.Bind(call.Arguments[0]);
        if (operand.Type is UnknownType)
        {
            return;
        }

        (Expression address, AddressSpace space, _) = memory.Locate(operand);
        ProbeLimits limits = scope.Program.Limits;
        VariableValue start = scope.Keep(address);
        PointerType pointer = new(new TargetInteger(1, true) { IsCharacter = true }, space);
        List<Expression> values = [];
        Expression? before = null;
        for (int i = 0; i < limits.JoinCount; i++)
        {
            Expression element = new Load(start, space, 8 * i, 8, 0, 0, pointer, call.Span);
            before = scope.Keep(before is null ? element : new Conditional(before, element, new IntegerLiteral(0, IntegerType.Int64, call.Span), pointer, call.Span));
            values.Add(new ReadString(before, space, null, new StringType(limits.JoinCapacity), call.Span));
        }

        Send(new FormatOutput(FormatKind.Join, separator, [.. values.Select(Kept)]), values, call.Span);
    }

    private void Time(CallSyntax call)
    {
        Functions.RequireCount(call, 0, 1, "time([\"format\"])");
        string format = call.Arguments.Count == 1 ? functions.Literal(call.Arguments[0], "The format of a time") : "%H:%M:%S\n";
        Send(new TimeOutput(format), [], call.Span);
    }

    private void Print(CallSyntax call)
    {
        Functions.RequireCount(call, 1, 3, "print(@map [, top [, divisor]]) or print(value)");
        if (call.Arguments[0] is MapSyntax { Key: [] } map)
        {
            int top = call.Arguments.Count > 1 ? Count(call.Arguments[1], "The number of rows") : 0;
            int divisor = call.Arguments.Count > 2 ? Count(call.Arguments[2], "The divisor") : 0;
            Send(new PrintMapOutput(Whole(map), top, divisor), [], call.Span);
            return;
        }

        Functions.RequireCount(call, 1, 1, "print(value)");
        Expression value = binder.Value(call.Arguments[0]);
        Send(new PrintValueOutput(Kept(value)), [value], call.Span);
    }

    private void Clear(CallSyntax call, bool keepKeys)
    {
        Functions.RequireCount(call, 1, 1, $"{call.Name}(@map)");
        if (call.Arguments[0] is not MapSyntax { Key: [] } map)
        {
            throw new ProbeException($"{call.Name}() takes a map without key. One key is taken out with delete(@map[key]).", call.Arguments[0].Span);
        }

        Send(new ClearMapOutput(Whole(map), keepKeys), [], call.Span);
    }

    private void Delete(CallSyntax call)
    {
        const string Usage = "delete(@map[key])";
        if (call.Arguments is [MapSyntax { Key: [] } whole, not MapSyntax { Key: [] }] && scope.Program.Map(whole.Name).Map.KeyTypes.Count > 0)
        {
            // Newer bpftrace: delete(@map, key).
            ExpressionSyntax given = call.Arguments[1];
            Delete(whole with { Key = given is TupleSyntax tuple ? tuple.Items : [given] }, call.Span);
            return;
        }

        if (call.Arguments.Count == 0)
        {
            throw new ProbeException($"delete() is called as {Usage}.", call.Span);
        }

        foreach (ExpressionSyntax argument in call.Arguments)
        {
            Delete(argument as MapSyntax ?? throw new ProbeException($"delete() is called as {Usage}.", argument.Span), call.Span);
        }
    }

    private void Delete(MapSyntax map, SourceSpan span)
    {
        MapSymbol symbol = scope.Program.Map(map.Name);
        if (map.Key.Count == 0 && symbol.Map.KeyTypes.Count > 0)
        {
            throw new ProbeException($"{map.Name} has keys: name one, delete({map.Name}[key]), or take all out with clear({map.Name}).", map.Span);
        }

        IReadOnlyList<Expression> key = binder.Key(map);
        RequireDefined(symbol, map);
        scope.Add(new DeleteFromMap(symbol.Map, key, span));
    }

    private void Exit(CallSyntax call)
    {
        Functions.RequireCount(call, 0, 0, "exit()");
        Send(new ExitOutput(), [], call.Span);
        scope.Add(new Jump(JumpKind.Return, call.Span));
    }

    private ProbeMap Whole(MapSyntax map)
    {
        MapSymbol symbol = scope.Program.Map(map.Name);
        RequireDefined(symbol, map);
        return symbol.Map;
    }

    private void RequireDefined(MapSymbol symbol, MapSyntax map)
    {
        if (scope.Program.IsFinal && !symbol.IsDefined)
        {
            throw new ProbeException($"{map.Name} is never assigned.{Nearest.Question(map.Name, scope.Program.MapNames)}", map.Span);
        }
    }

    private int Count(ExpressionSyntax syntax, string what)
    {
        long value = binder.Constant(syntax, what);
        return value is >= 0 and <= int.MaxValue ? (int)value : throw new ProbeException($"{what} is 0 or more.", syntax.Span);
    }

    private void Send(ProbeOutput output, IReadOnlyList<Expression> values, SourceSpan span)
    {
        int size = 8 + values.Sum(value => value.Type.Size);
        int limit = scope.Program.Limits.EventBytes;
        scope.Add(size <= limit
            ? new Send(scope.Program.Output(output), values, span)
            : throw new ProbeException($"This sends {size} bytes at once: {limit} are the most.", span));
    }

    private static ProbeType Kept(Expression value) => Inferred.Of(value).Type;
}
