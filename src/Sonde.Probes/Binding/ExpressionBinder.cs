using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>What expressions mean. What they do besides (<c>$i++</c>, <c>printf()</c>) becomes statements of the clause, in order.</summary>
internal sealed class ExpressionBinder
{
    private readonly ClauseScope _scope;
    private readonly Memory _memory;
    private readonly Names _names;
    private readonly Functions _functions;

    public ExpressionBinder(ClauseScope scope)
    {
        _scope = scope;
        _memory = new(scope);
        _names = new(scope);
        _functions = new(scope, this, _memory);
    }

    /// <summary>A value: something that can be kept, compared, told.</summary>
    public Expression Value(ExpressionSyntax syntax) => Value(Bind(syntax));

    /// <summary>What was bound already, as a value.</summary>
    public Expression Value(Expression bound) => _memory.Value(bound);

    /// <summary>A number or an address.</summary>
    /// <exception cref="ProbeException">It is something else; the message begins with what it is for.</exception>
    public Expression Scalar(ExpressionSyntax syntax, string what)
    {
        Expression value = Value(syntax);
        return value.Type is IntegerType or PointerType or UnknownType
            ? value
            : throw new ProbeException($"{what} is a number, not {TypeText.Of(value.Type)}.", value.Span);
    }

    /// <summary>A number that is known now.</summary>
    public long Constant(ExpressionSyntax syntax, string what) => Value(syntax) is IntegerLiteral literal
        ? literal.Value
        : throw new ProbeException($"{what} has to be known before the program runs: a number, a constant or a parameter.", syntax.Span);

    public Expression Condition(ExpressionSyntax syntax) => Operators.Condition(Value(syntax));

    /// <summary>What an expression means, places included.</summary>
    public Expression Bind(ExpressionSyntax syntax) => syntax switch
    {
        IntegerSyntax integer => new IntegerLiteral((long)integer.Value, integer.Value > long.MaxValue ? IntegerType.UInt64 : IntegerType.Int64, syntax.Span),
        StringSyntax text => new StringLiteral(text.Bytes, new StringType(text.Bytes.Length + 1), syntax.Span),
        NameSyntax name => _names.Bind(name),
        VariableSyntax variable => Variable(variable),
        PositionalSyntax positional => Positional(positional),
        PositionalCountSyntax => new IntegerLiteral(_scope.Program.Options.Arguments.Count, IntegerType.Int64, syntax.Span),
        MapSyntax map => Map(map),
        CallSyntax call => _functions.Call(call),
        PrefixSyntax prefix => Prefix(prefix),
        StepSyntax step => Step(step),
        BinarySyntax binary => Binary(binary),
        ConditionalSyntax conditional => Conditional(conditional),
        CastSyntax cast => Cast(cast),
        MemberSyntax { Operand: NameSyntax { Name: "args" or "ctx" } } member when member.Operand is NameSyntax { Name: "args" } || _scope.Event.IsArgumentsContext => _memory.Argument(member.Name, member.NameSpan, member.Span),
        MemberSyntax member => Member(member),
        TupleItemSyntax item => TupleItem(item),
        IndexSyntax index => Index(index),
        TupleSyntax tuple => Tuple(tuple),
        SizeOfSyntax size => SizeOf(size),
        OffsetOfSyntax offset => OffsetOf(offset),
        _ => throw new ProbeException("This is no expression.", syntax.Span),
    };

    /// <summary>The key between a map's brackets.</summary>
    public IReadOnlyList<Expression> Key(MapSyntax map)
    {
        Expression[] key = [.. map.Key.Select(Value)];
        MapSymbol symbol = _scope.Program.Map(map.Name);
        symbol.UseKey(key, map.Span);
        return [.. key.Zip(symbol.Map.KeyTypes, _scope.Fitted)];
    }

    private Expression Variable(VariableSyntax syntax) => _scope.Variables.Find(syntax.Name) is not { } variable
        ? throw new ProbeException($"{syntax.Name} has no value here: assign it first.{Nearest.Question(syntax.Name, _scope.Variables.Names)}", syntax.Span)
        : variable.Type is UnknownType ? Unknown($"The type of {syntax.Name} cannot be found out: it only gets values of itself.", syntax.Span)
        : new VariableValue(variable, syntax.Span);

    private IntegerLiteral Positional(PositionalSyntax syntax)
    {
        IReadOnlyList<string> arguments = _scope.Program.Options.Arguments;
        string text = syntax.Number <= arguments.Count ? arguments[syntax.Number - 1] : "0";
        bool isNegative = text.StartsWith('-');
        return NumberReader.TryParse(isNegative ? text[1..] : text) is { } number
            ? new(isNegative ? unchecked(-(long)number.Value) : (long)number.Value, number.Value > long.MaxValue ? IntegerType.UInt64 : IntegerType.Int64, syntax.Span)
            : throw new ProbeException($"${syntax.Number} is '{text}', which is no number: str(${syntax.Number}) takes it as text.", syntax.Span);
    }

    private Expression Map(MapSyntax syntax)
    {
        MapSymbol symbol = _scope.Program.Map(syntax.Name);
        IReadOnlyList<Expression> key = Key(syntax);
        if (!symbol.IsDefined)
        {
            return Unknown($"{syntax.Name} is never assigned.{Nearest.Question(syntax.Name, _scope.Program.MapNames)}", syntax.Span);
        }

        if (symbol.Aggregation is { } aggregation)
        {
            throw new ProbeException(
                $"{syntax.Name} is {MapSymbol.FunctionOf(aggregation)}: each CPU adds up for itself, and no program knows the total. Count with {syntax.Name}++ or += instead, or print({syntax.Name}).",
                syntax.Span);
        }

        ProbeMap map = symbol.Map;
        return map.ValueType is UnknownType
            ? Unknown($"The type of {syntax.Name} cannot be found out: it only gets values of itself.", syntax.Span)
            : new MapValue(map, key, syntax.Span);
    }

    private UnknownValue Unknown(string message, SourceSpan span) =>
        _scope.Program.IsFinal ? throw new ProbeException(message, span) : new UnknownValue(span);

    private Expression Prefix(PrefixSyntax syntax)
    {
        switch (syntax.Operator)
        {
            case PrefixOperator.Dereference:
                Expression pointer = Bind(syntax.Operand);
                return pointer.Type is UnknownType ? pointer : _memory.Dereference(pointer, syntax.Span);
            case PrefixOperator.AddressOf:
                Expression place = Bind(syntax.Operand);
                return place.Type is UnknownType ? place : Memory.AddressOf(place, syntax.Span);
            default:
                return Operators.Unary(syntax.Operator, Value(syntax.Operand), syntax.Span);
        }
    }

    /// <summary><c>$i++</c>: the statement that counts, and the value from before or after.</summary>
    private Expression Step(StepSyntax syntax)
    {
        (Statement step, Expression value) = Counted(syntax);
        if (syntax.IsPostfix)
        {
            value = _scope.Keep(value);
        }

        _scope.Add(step);
        return value;
    }

    /// <summary>The statement that counts, and the value as an expression: what it is depends on when it is evaluated.</summary>
    public (Statement Step, Expression Value) Counted(StepSyntax syntax)
    {
        IntegerLiteral amount = new(syntax.Amount, IntegerType.Int64, syntax.Span);
        Expression before;
        Statement step;
        if (syntax.Target is MapSyntax map)
        {
            MapSymbol symbol = _scope.Program.Map(map.Name);
            IReadOnlyList<Expression> key = Key(map);
            symbol.UseValue(new(IntegerType.Int64, IsNeutral: true), map.Span);
            before = new MapValue(symbol.Map, key, syntax.Span);
            RequireNumber(before, syntax);
            step = new AddToMap(symbol.Map, key, amount, syntax.Span);
        }
        else
        {
            before = Variable((VariableSyntax)syntax.Target);
            RequireNumber(before, syntax);
            Expression after = Operators.Binary(BinaryOperator.Add, before, amount, syntax.Span);
            string name = ((VariableSyntax)syntax.Target).Name;
            step = new AssignVariable(_scope.Variables.Assign(name, Inferred.Of(before), syntax.Span), after, syntax.Span);
        }

        return (step, before);
    }

    private static void RequireNumber(Expression value, StepSyntax syntax)
    {
        if (value.Type is not (IntegerType or PointerType or UnknownType))
        {
            throw new ProbeException($"{(syntax.Amount > 0 ? "++" : "--")} counts numbers, not {TypeText.Of(value.Type)}.", syntax.Target.Span);
        }
    }

    private Expression Binary(BinarySyntax syntax)
    {
        Expression left = Value(syntax.Left);
        if (syntax.Operator is not (BinaryOperator.And or BinaryOperator.Or))
        {
            return Operators.Binary(syntax.Operator, left, Value(syntax.Right), syntax.Span);
        }

        Expression right = _scope.Apart(() => Value(syntax.Right), out List<Statement> steps);
        Expression both = Operators.Binary(syntax.Operator, left, right, syntax.Span);
        if (steps.Count == 0)
        {
            return both;
        }

        // What the right side does, it only does when the left one does not decide.
        VariableValue result = _scope.Keep(Operators.Binary(BinaryOperator.NotEqual, left, new IntegerLiteral(0, IntegerType.Int64, left.Span), left.Span));
        Expression truth = Operators.Binary(BinaryOperator.NotEqual, right, new IntegerLiteral(0, IntegerType.Int64, right.Span), right.Span);
        steps.Add(new AssignVariable(result.Variable, truth, right.Span));
        Expression isOpen = syntax.Operator == BinaryOperator.And ? result : Operators.Unary(PrefixOperator.Not, result, syntax.Span);
        _scope.Add(new If(isOpen, new Block(steps, syntax.Right.Span), null, syntax.Span));
        return result;
    }

    private Expression Conditional(ConditionalSyntax syntax)
    {
        Expression condition = Condition(syntax.Condition);
        Expression whenTrue = _scope.Apart(() => Branch(syntax.WhenTrue), out List<Statement> then);
        Expression whenFalse = _scope.Apart(() => Branch(syntax.WhenFalse), out List<Statement> otherwise);
        Inferred? merged = Inferred.Merge(Inferred.Of(whenTrue), Inferred.Of(whenFalse));
        if (merged is not { } inferred)
        {
            throw new ProbeException($"One branch is {TypeText.Of(whenTrue.Type)}, the other {TypeText.Of(whenFalse.Type)}.", syntax.Span);
        }

        if (inferred.Type is TupleType && !(whenTrue.Type == inferred.Type && whenFalse.Type == inferred.Type))
        {
            throw new ProbeException("The branches are tuples of different sizes: assign them to a variable with if and else.", syntax.Span);
        }

        if (condition is IntegerLiteral known)
        {
            (known.Value != 0 ? then : otherwise).ForEach(_scope.Add);
            return known.Value != 0 ? whenTrue : whenFalse;
        }

        if (inferred.Type is VoidType)
        {
            _scope.Add(new If(condition, new Block(then, syntax.WhenTrue.Span), new Block(otherwise, syntax.WhenFalse.Span), syntax.Span));
            return whenTrue;
        }

        if (then.Count + otherwise.Count == 0)
        {
            return new Conditional(condition, whenTrue, whenFalse, inferred.Type, syntax.Span);
        }

        ProbeVariable result = _scope.Temporary(inferred.Type);
        then.Add(new AssignVariable(result, whenTrue, whenTrue.Span));
        otherwise.Add(new AssignVariable(result, whenFalse, whenFalse.Span));
        _scope.Add(new If(condition, new Block(then, syntax.WhenTrue.Span), new Block(otherwise, syntax.WhenFalse.Span), syntax.Span));
        return new VariableValue(result, syntax.Span);
    }

    /// <summary>A branch of <c>?:</c> may also be a call for its effect.</summary>
    private Expression Branch(ExpressionSyntax syntax) => Bind(syntax) is { Type: not VoidType } value ? _memory.Value(value) : new NoValue("", syntax.Span);

    private Expression Cast(CastSyntax syntax)
    {
        TargetType type = _scope.Program.Types.Resolve(syntax.Type);
        Expression operand = Bind(syntax.Operand);
        switch (type)
        {
            case TargetInteger integer:
                return Operators.Cast(
                    operand.Type is PlaceType { Target: not TargetArray { Element: TargetInteger { IsCharacter: true } } } ? Memory.AddressOf(operand, syntax.Span) : _memory.Value(operand),
                    new IntegerType(integer.Width, integer.IsSigned) { Enumeration = integer.Enumeration }, syntax.Span);
            case TargetPointer pointer:
                return CastToPointer(operand, pointer.Target(), syntax);
            case TargetStructure structure:
                throw new ProbeException($"A value cannot be made a structure: cast to a pointer, ({TypeText.Of(structure)} *).", syntax.Type.Span);
            default:
                throw new ProbeException($"A value cannot be made {TypeText.Of(type)}.", syntax.Type.Span);
        }
    }

    private Expression CastToPointer(Expression operand, TargetType target, CastSyntax syntax)
    {
        // To what it already is: the verifier goes on knowing it.
        if (operand.Type is PointerType { Target: TargetStructure { BtfId: not 0 } known } && target is TargetStructure { BtfId: not 0 } same && known.BtfId == same.BtfId)
        {
            return operand;
        }

        if (operand.Type is UnknownType)
        {
            return new AddressOf(operand, 0, new PointerType(target, AddressSpace.Kernel), syntax.Span);
        }

        (Expression address, AddressSpace space, _) = _memory.Locate(operand);
        PointerType type = new(target, space);
        return address is AddressOf at ? at with { Type = type, Span = syntax.Span } : new AddressOf(address, 0, type, syntax.Span);
    }

    private Expression Member(MemberSyntax syntax)
    {
        Expression operand = Bind(syntax.Operand);
        return operand.Type is UnknownType ? operand : Memory.Member(operand, syntax.Name, syntax.NameSpan, syntax.Span);
    }

    private Expression TupleItem(TupleItemSyntax syntax)
    {
        Expression operand = Value(syntax.Operand);
        return operand.Type switch
        {
            UnknownType => operand,
            TupleType tuple when syntax.Index < tuple.Items.Count => new TupleItem(operand, syntax.Index, tuple.Items[syntax.Index], syntax.Span),
            TupleType tuple => throw new ProbeException($"The tuple has {tuple.Items.Count} values: the last is .{tuple.Items.Count - 1}.", syntax.Span),
            _ => throw new ProbeException($"{TypeText.Of(operand.Type)} is no tuple.", operand.Span),
        };
    }

    private Expression Index(IndexSyntax syntax)
    {
        Expression operand = Bind(syntax.Operand), index = Scalar(syntax.Index, "An index");
        return operand.Type is UnknownType || index.Type is UnknownType ? new UnknownValue(syntax.Span) : Memory.Element(operand, index, syntax.Span);
    }

    private TupleValue Tuple(TupleSyntax syntax)
    {
        Expression[] items = [.. syntax.Items.Select(Value)];
        return new(items, new TupleType([.. items.Select(item => Inferred.Of(item).Type)]), syntax.Span);
    }

    private IntegerLiteral SizeOf(SizeOfSyntax syntax)
    {
        int size = syntax switch
        {
            { Type: { } type } => _scope.Program.Types.Resolve(type).Size,
            { Operand: NameSyntax name } when _scope.Program.Types.Find(name.Name) is { } named && !Names.IsBuiltin(name.Name) => named.Size,
            _ => _scope.Apart(() => Bind(syntax.Operand!), out _).Type switch
            {
                IntegerType integer => integer.Width,
                PlaceType place => place.Target.Size,
                StringType text => text.Capacity,
                ProbeType other => other.Size,
            },
        };
        return new(size, IntegerType.Int64, syntax.Span);
    }

    private IntegerLiteral OffsetOf(OffsetOfSyntax syntax)
    {
        TargetType type = _scope.Program.Types.Resolve(syntax.Type);
        Expression place = new AddressOf(new IntegerLiteral(0, IntegerType.Int64, syntax.Span), 0, new PlaceType(type, AddressSpace.Kernel), syntax.Span);
        foreach (NameSyntax name in syntax.Path)
        {
            place = Memory.Member(place, name.Name, name.Span, name.Span);
        }

        return place switch
        {
            AddressOf at => new(at.Offset, IntegerType.Int64, syntax.Span),
            Load { BitCount: 0 } load => new(load.Offset, IntegerType.Int64, syntax.Span),
            _ => throw new ProbeException("A bit field has no offset in bytes.", syntax.Span),
        };
    }
}
