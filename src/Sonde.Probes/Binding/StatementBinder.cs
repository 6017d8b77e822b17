using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>What statements mean.</summary>
internal sealed class StatementBinder
{
    private readonly ClauseScope _scope;
    private readonly ExpressionBinder _expressions;
    private readonly Aggregations _aggregations;

    public StatementBinder(ClauseScope scope)
    {
        _scope = scope;
        _expressions = new(scope);
        _aggregations = new(scope, _expressions);
    }

    /// <summary>A clause's body, inside its predicate.</summary>
    public Block Bind(ClauseSyntax clause)
    {
        _scope.Apart(
            () =>
            {
                if (clause.Predicate is null)
                {
                    BindAll(clause.Body);
                }
                else
                {
                    BindIf(clause.Predicate, clause.Body, null, clause.Predicate.Span);
                }

                return true;
            },
            out List<Statement> steps);
        return Block(steps, clause.Body.Span);
    }

    private void BindAll(BlockSyntax block)
    {
        foreach (StatementSyntax statement in block.Statements)
        {
            Bind(statement);
        }
    }

    private void Bind(StatementSyntax statement)
    {
        switch (statement)
        {
            case BlockSyntax block:
                BindAll(block);
                break;
            case ExpressionStatementSyntax expression:
                BindExpression(expression.Expression);
                break;
            case AssignmentSyntax { Target: MapSyntax map } assignment:
                AssignMap(map, assignment);
                break;
            case AssignmentSyntax { Target: VariableSyntax variable } assignment:
                AssignVariable(variable, assignment);
                break;
            case IfSyntax choice:
                BindIf(choice.Condition, choice.Then, choice.Else, choice.Span);
                break;
            case WhileSyntax loop:
                BindWhile(loop);
                break;
            case RangeLoopSyntax loop:
                BindRange(loop);
                break;
            case UnrollSyntax loop:
                BindUnroll(loop);
                break;
            case JumpSyntax jump:
                _scope.Add(new Jump(jump.Kind, jump.Kind == JumpKind.Return || _scope.Loops > 0
                    ? jump.Span
                    : throw new ProbeException($"'{(jump.Kind == JumpKind.Break ? "break" : "continue")}' belongs into a loop: while or for.", jump.Span)));
                break;
        }
    }

    private void BindExpression(ExpressionSyntax expression)
    {
        if (expression is StepSyntax step)
        {
            _scope.Add(_expressions.Counted(step).Step);
            return;
        }

        Expression value = _expressions.Bind(expression);
        if (value.Type is not (VoidType or PlaceType or UnknownType))
        {
            _scope.Add(new Evaluate(value, expression.Span));
        }
    }

    private void AssignMap(MapSyntax target, AssignmentSyntax assignment)
    {
        if (assignment is { Operator: null, Value: CallSyntax call } && Aggregations.IsAggregation(call.Name))
        {
            _aggregations.Assign(target, call, assignment.Span);
            return;
        }

        MapSymbol symbol = _scope.Program.Map(target.Name);
        if (assignment.Operator is BinaryOperator.Add or BinaryOperator.Subtract)
        {
            AddToMap(symbol, target, assignment);
            return;
        }

        Expression value = assignment.Operator is { } sign
            ? Operators.Binary(sign, _expressions.Value(target), _expressions.Value(assignment.Value), assignment.Span)
            : _expressions.Value(assignment.Value);
        IReadOnlyList<Expression> key = _expressions.Key(target);
        symbol.UseValue(Inferred.Of(value), assignment.Span);
        _scope.Add(new AssignMap(symbol.Map, key, _scope.Fitted(value, symbol.Map.ValueType), assignment.Span));
    }

    private void AddToMap(MapSymbol symbol, MapSyntax target, AssignmentSyntax assignment)
    {
        Expression amount = _expressions.Scalar(assignment.Value, $"What {Operators.TextOf(assignment.Operator!.Value)}= adds");
        IReadOnlyList<Expression> key = _expressions.Key(target);
        symbol.UseValue(amount.Type is PointerType ? new(IntegerType.UInt64, false) : Inferred.Of(amount), assignment.Span);
        if (symbol.Map.ValueType is not (IntegerType or PointerType or UnknownType))
        {
            throw new ProbeException($"{target.Name} is {TypeText.Of(symbol.Map.ValueType)}: only numbers can be added to.", target.Span);
        }

        if (assignment.Operator == BinaryOperator.Subtract)
        {
            amount = Operators.Unary(PrefixOperator.Negate, amount, amount.Span);
        }

        _scope.Add(new AddToMap(symbol.Map, key, amount, assignment.Span));
    }

    private void AssignVariable(VariableSyntax target, AssignmentSyntax assignment)
    {
        if (assignment.Value is CallSyntax call && Aggregations.IsAggregation(call.Name))
        {
            throw new ProbeException($"{call.Name}() adds up in a map: assign it to one, @ = {call.Name}(…).", call.Span);
        }

        Expression value = assignment.Operator is { } sign
            ? Operators.Binary(sign, _expressions.Value(target), _expressions.Value(assignment.Value), assignment.Span)
            : Assigned(assignment.Value);
        ProbeVariable variable = _scope.Variables.Assign(target.Name, Inferred.Of(value), assignment.Span);
        _scope.Add(new AssignVariable(variable, _scope.Fitted(value, variable.Type), assignment.Span));
    }

    /// <summary>A structure in a variable is its address: it is read when its members are.</summary>
    private Expression Assigned(ExpressionSyntax syntax)
    {
        Expression value = _expressions.Bind(syntax);
        return value.Type is PlaceType { Target: TargetStructure } ? Memory.AddressOf(value, syntax.Span) : _expressions.Value(value);
    }

    private void BindIf(ExpressionSyntax predicate, BlockSyntax then, BlockSyntax? otherwise, SourceSpan span)
    {
        Expression condition = _expressions.Condition(predicate);
        Block whenTrue = BindBlock(then);
        Block? whenFalse = otherwise is null ? null : BindBlock(otherwise);
        if (condition is not IntegerLiteral known)
        {
            _scope.Add(new If(condition, whenTrue, whenFalse, span));
            return;
        }

        foreach (Statement statement in (known.Value != 0 ? whenTrue : whenFalse)?.Statements ?? [])
        {
            _scope.Add(statement);
        }
    }

    private void BindWhile(WhileSyntax loop)
    {
        Expression condition = _scope.Apart(() => _expressions.Condition(loop.Condition), out List<Statement> steps);
        _scope.Loops++;
        Block body = BindBlock(loop.Body);
        _scope.Loops--;
        int limit = _scope.Program.Limits.LoopRounds;
        if (steps.Count == 0)
        {
            _scope.Add(new While(condition, body, limit, loop.Span));
            return;
        }

        // The condition does something: it does it inside, each round.
        steps.Add(new If(condition, body, new Block([new Jump(JumpKind.Break, loop.Condition.Span)], loop.Condition.Span), loop.Condition.Span));
        _scope.Add(new While(new IntegerLiteral(1, IntegerType.Int64, loop.Condition.Span), Block(steps, loop.Body.Span), limit, loop.Span));
    }

    /// <summary>The counter is the compiler's own: what the body does to its variable does not count.</summary>
    private void BindRange(RangeLoopSyntax loop)
    {
        Expression first = _expressions.Scalar(loop.First, "A range"), end = _expressions.Scalar(loop.End, "A range");
        VariableValue counter = _scope.Keep(first);
        end = end is IntegerLiteral ? end : _scope.Keep(end);
        ProbeVariable variable = _scope.Variables.Assign(loop.Variable.Name, Inferred.Of(first), loop.Variable.Span);
        _scope.Loops++;
        Block body = BindBlock(loop.Body);
        _scope.Loops--;
        SourceSpan span = loop.Variable.Span;
        Expression next = Operators.Binary(BinaryOperator.Add, counter, new IntegerLiteral(1, IntegerType.Int64, span), span);
        List<Statement> steps = [new AssignVariable(variable, counter, span), new AssignVariable(counter.Variable, next, span), .. body.Statements];
        int limit = _scope.Program.Limits.LoopRounds;
        if (first is IntegerLiteral from && end is IntegerLiteral to)
        {
            limit = to.Value - from.Value <= limit
                ? (int)Math.Max(1, to.Value - from.Value)
                : throw new ProbeException($"The loop has {to.Value - from.Value} rounds: {limit} are the most.", loop.Span);
        }

        _scope.Add(new While(Operators.Binary(BinaryOperator.Less, counter, end, loop.First.Span), Block(steps, loop.Body.Span), limit, loop.Span));
    }

    private void BindUnroll(UnrollSyntax loop)
    {
        long count = _expressions.Constant(loop.Count, "How often to unroll");
        long outer = _scope.UnrolledRounds;
        int limit = _scope.Program.Limits.UnrollRounds;
        if (count < 1 || count > limit / outer)
        {
            throw new ProbeException($"A block can be unrolled 1 to {limit / outer} times here, not {count}.", loop.Count.Span);
        }

        // What an unrolled block jumps out of would be the loop around it.
        (int loops, _scope.Loops) = (_scope.Loops, 0);
        _scope.UnrolledRounds = outer * count;
        Block body = BindBlock(loop.Body);
        (_scope.UnrolledRounds, _scope.Loops) = (outer, loops);
        _scope.Add(new Unroll((int)count, body, loop.Span));
    }

    private Block BindBlock(BlockSyntax block)
    {
        _scope.Apart(
            () =>
            {
                BindAll(block);
                return true;
            },
            out List<Statement> steps);
        return Block(steps, block.Span);
    }

    /// <summary>Statements up to the first that does not come back: the verifier takes no code that never runs.</summary>
    private static Block Block(List<Statement> steps, SourceSpan span)
    {
        int end = steps.FindIndex(Leaves);
        return new(end < 0 ? steps : steps[..(end + 1)], span);
    }

    private static bool Leaves(Statement statement) => statement switch
    {
        Jump => true,
        If { Else: { } otherwise } choice => Leaves(choice.Then) && Leaves(otherwise),
        Block block => block.Statements.Any(Leaves),
        _ => false,
    };
}
