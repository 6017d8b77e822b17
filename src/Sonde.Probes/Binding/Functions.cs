using System.Collections.Immutable;
using System.Text;
using Sonde.Bpf;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>Functions that have a value. Those that are called for their effect are <see cref="Actions"/>.</summary>
internal sealed class Functions
{
    private static readonly Dictionary<string, Function> _functions = new()
    {
        ["str"] = new(1, 2, "str(address [, length])", (f, call) => f.Text(call)),
        ["buf"] = new(1, 2, "buf(address [, length])", (f, call) => f.Buffer(call)),
        ["ntop"] = new(1, 2, "ntop([family,] address)", (f, call) => f.InternetAddress(call)),
        ["macaddr"] = new(1, 1, "macaddr(address)", (f, call) => f.MacAddress(call)),
        ["ksym"] = new(1, 1, "ksym(address)", (f, call) => f.Symbol(call, Rendering.KernelSymbol)),
        ["usym"] = new(1, 1, "usym(address)", (f, call) => f.Symbol(call, Rendering.UserSymbol)),
        ["kaddr"] = new(1, 1, "kaddr(\"symbol\")", (f, call) => f.KernelAddress(call)),
        ["uaddr"] = new(1, 1, "uaddr(\"symbol\")", (f, call) => f.UserAddress(call)),
        ["reg"] = new(1, 1, "reg(\"name\")", (f, call) => f.Register(call)),
        ["kstack"] = new(0, 2, "kstack([perf,] [depth])", (f, call) => f.Stack(call, isUser: false)),
        ["ustack"] = new(0, 2, "ustack([perf,] [depth])", (f, call) => f.Stack(call, isUser: true)),
        ["nsecs"] = new(0, 1, "nsecs([monotonic or boot])", (f, call) => Nanoseconds(call)),
        ["strncmp"] = new(3, 3, "strncmp(string, string, length)", (f, call) => f.Compare(call)),
        ["strcontains"] = new(2, 2, "strcontains(string, \"part\")", (f, call) => f.Contains(call)),
        ["strftime"] = new(2, 2, "strftime(\"format\", nsecs)", (f, call) => f.Time(call)),
        ["kptr"] = new(1, 1, "kptr(address)", (f, call) => f.Pointer(call, AddressSpace.Kernel)),
        ["uptr"] = new(1, 1, "uptr(address)", (f, call) => f.Pointer(call, AddressSpace.User)),
        ["cgroupid"] = new(1, 1, "cgroupid(\"directory\")", (f, call) => f.ControlGroup(call)),
        ["bswap"] = new(1, 1, "bswap(number)", (f, call) => f.SwapBytes(call)),
    };

    /// <summary>Functions of bpftrace that Sonde has not, and why.</summary>
    private static readonly Dictionary<string, string> _refused = new()
    {
        ["system"] = "a probe observes and runs no commands",
        ["signal"] = "a probe observes and sends no signals",
        ["override"] = "a probe observes and changes no results",
        ["unwatch"] = "there are no watchpoints",
        ["skboutput"] = "packets are not written to files",
        ["path"] = "use the names that the kernel's structures have",
        ["cgroup_path"] = "print cgroup",
        ["pton"] = "compare the address as a number",
        ["strerror"] = "print the number",
        ["len"] = "no program knows how many keys a map has",
        ["has_key"] = "compare the map's value with 0",
        ["percpu_kaddr"] = "variables that each CPU has of its own are not read",
    };

    private readonly ClauseScope _scope;
    private readonly ExpressionBinder _binder;
    private readonly Memory _memory;
    private readonly Actions _actions;

    public Functions(ClauseScope scope, ExpressionBinder binder, Memory memory)
    {
        _scope = scope;
        _binder = binder;
        _memory = memory;
        _actions = new(scope, binder, this, memory);
    }

    private ProbeLimits Limits => _scope.Program.Limits;

    /// <param name="Least">Arguments at least.</param>
    /// <param name="Most">Arguments at most.</param>
    /// <param name="Usage">How it is called, for messages.</param>
    /// <param name="Bind">What a call means.</param>
    private sealed record Function(int Least, int Most, string Usage, Func<Functions, CallSyntax, Expression> Bind);

    public static bool IsFunction(string name) => _functions.ContainsKey(name) || Actions.IsAction(name) || Aggregations.IsAggregation(name);

    public static StackTrace Stack(bool isUser, bool isPerfStyle, int depth, SourceSpan span)
    {
        StackTrace stack = new(isUser, depth, span);
        return isPerfStyle ? stack with { Type = (RenderedType)stack.Type with { IsPerfStyle = true } } : stack;
    }

    public Expression Call(CallSyntax call)
    {
        if (_functions.TryGetValue(call.Name, out Function? function))
        {
            RequireCount(call, function.Least, function.Most, function.Usage);
            return function.Bind(this, call);
        }

        if (Actions.IsAction(call.Name))
        {
            return _actions.Call(call);
        }

        if (Aggregations.IsAggregation(call.Name))
        {
            throw new ProbeException($"{call.Name}() adds up in a map: assign it to one, @ = {call.Name}(…).", call.Span);
        }

        if (_refused.TryGetValue(call.Name, out string? reason))
        {
            throw new ProbeException($"{call.Name}() is not supported: {reason}.", call.NameSpan);
        }

        throw new ProbeException(
            $"Unknown function '{call.Name}'.{(Names.IsBuiltin(call.Name) ? " It is a value: leave the brackets out." : Nearest.Question(call.Name, [.. _functions.Keys, .. Actions.Names, .. Aggregations.Names]))}",
            call.NameSpan);
    }

    /// <exception cref="ProbeException">There are too few arguments or too many.</exception>
    public static void RequireCount(CallSyntax call, int least, int most, string usage)
    {
        if (call.Arguments.Count < least || call.Arguments.Count > most)
        {
            throw new ProbeException($"{call.Name}() is called as {usage}.", call.Span);
        }
    }

    /// <summary>An argument that is written down as text, or a parameter of the program taken as text.</summary>
    public string Literal(ExpressionSyntax syntax, string what) =>
        TextOf(syntax) is { } bytes ? Encoding.UTF8.GetString(bytes.AsSpan()) : throw new ProbeException($"{what} is written down, in double quotes.", syntax.Span);

    /// <summary>A string read from an address.</summary>
    public ReadString ReadString(Expression operand, Expression? limit, int capacity, SourceSpan span)
    {
        (Expression address, AddressSpace space, _) = _memory.Locate(operand);
        return new(address, space, limit, new StringType(capacity), span);
    }

    private ImmutableArray<byte>? TextOf(ExpressionSyntax syntax) => syntax switch
    {
        StringSyntax text => text.Bytes,
        CallSyntax { Name: "str", Arguments: [PositionalSyntax positional] } => Parameter(positional),
        PositionalSyntax positional => Parameter(positional),
        _ => null,
    };

    private ImmutableArray<byte> Parameter(PositionalSyntax positional)
    {
        IReadOnlyList<string> arguments = _scope.Program.Options.Arguments;
        return positional.Number <= arguments.Count ? [.. Encoding.UTF8.GetBytes(arguments[positional.Number - 1])] : [];
    }

    private Expression Text(CallSyntax call)
    {
        if (call.Arguments[0] is PositionalSyntax positional)
        {
            ImmutableArray<byte> bytes = Parameter(positional);
            return new StringLiteral(bytes, new StringType(bytes.Length + 1), call.Span);
        }

        Expression operand = _binder.Bind(call.Arguments[0]);
        Expression? limit = null;
        int capacity = Limits.StringCapacity;
        if (call.Arguments.Count == 2)
        {
            limit = _binder.Scalar(call.Arguments[1], "A length");
            if (limit is IntegerLiteral known)
            {
                // A length written down that is beyond the setting is meant: it is bounded by what an event can carry.
                capacity = (int)Math.Clamp(known.Value, 0, Limits.ArrayCapacity - 1) + 1;
                limit = null;
            }
            else
            {
                // The length is without the final 0.
                limit = Operators.Binary(BinaryOperator.Add, limit, new IntegerLiteral(1, IntegerType.Int64, call.Span), call.Span);
            }
        }

        return operand switch
        {
            { Type: UnknownType } => operand,
            StringLiteral literal when call.Arguments.Count == 2 && limit is null => Cut(literal, capacity),
            { Type: StringType } and not Model.ReadString when call.Arguments.Count == 1 => operand,
            { Type: StringType } and not Model.ReadString => throw new ProbeException("A length goes with an address: only strings that are written down are cut otherwise.", call.Arguments[1].Span),
            Model.ReadString when call.Arguments.Count == 1 => operand,
            { Type: PlaceType { Target: TargetArray { Length: > 0 } array } } => ReadString(operand, limit, Math.Min(array.Length, call.Arguments.Count == 1 ? Limits.ArrayCapacity : capacity), call.Span),
            _ => ReadString(operand, limit, capacity, call.Span),
        };
    }

    private static StringLiteral Cut(StringLiteral literal, int capacity) => literal.Bytes.Length < capacity ? literal
        : literal with { Bytes = literal.Bytes[..(capacity - 1)], String = new(capacity), Type = new StringType(capacity) };

    private Expression Buffer(CallSyntax call)
    {
        Expression operand = _binder.Bind(call.Arguments[0]);
        if (operand.Type is UnknownType)
        {
            return operand;
        }

        (Expression address, AddressSpace space, TargetType? target) = _memory.Locate(operand);
        if (call.Arguments.Count == 1)
        {
            int size = operand.Type is PlaceType && target is { Size: > 0 } ? target.Size
                : throw new ProbeException("buf() needs a length: only arrays have one of their own.", call.Span);
            return new ReadBytes(address, space, null, new BufferType(Math.Min(size, Limits.ArrayCapacity)), call.Span);
        }

        Expression length = _binder.Scalar(call.Arguments[1], "A length");
        return length is IntegerLiteral known
            ? new ReadBytes(address, space, null, new BufferType((int)Math.Clamp(known.Value, 1, Limits.ArrayCapacity)), call.Span)
            : new ReadBytes(address, space, length, new BufferType(Limits.BufferCapacity), call.Span);
    }

    private InternetAddress InternetAddress(CallSyntax call)
    {
        Expression? family = call.Arguments.Count == 2 ? _binder.Scalar(call.Arguments[0], "An address family") : null;
        Expression operand = _binder.Bind(call.Arguments[^1]);
        switch (operand.Type)
        {
            case IntegerType or UnknownType:
                return new(family, operand, AddressSpace.Kernel, 0, call.Span);
            case PlaceType { Target: { Size: 4 or 16 } target }:
                (Expression address, AddressSpace space, _) = _memory.Locate(operand);
                return new(family, address, space, target.Size, call.Span);
            case StringType when operand is Model.ReadString { String.Capacity: 4 or 16 } read:
                return new(family, read.Address, read.Space, read.String.Capacity, call.Span);
            case PointerType when family is IntegerLiteral { Value: 2 or 10 } known:
                (Expression place, AddressSpace within, _) = _memory.Locate(operand);
                return new(family, place, within, known.Value == 2 ? 4 : 16, call.Span);
            default:
                throw new ProbeException($"ntop() takes a number, or an array of 4 or 16 bytes, not {TypeText.Of(operand.Type)}.", operand.Span);
        }
    }

    private MacAddressValue MacAddress(CallSyntax call)
    {
        Expression operand = _binder.Bind(call.Arguments[0]);
        if (operand.Type is PlaceType { Target.Size: not 6 })
        {
            throw new ProbeException($"macaddr() takes 6 bytes, not {TypeText.Of(operand.Type)}.", operand.Span);
        }

        if (operand.Type is UnknownType)
        {
            return new(operand, AddressSpace.Kernel, call.Span);
        }

        (Expression address, AddressSpace space, _) = _memory.Locate(operand);
        return new(address, space, call.Span);
    }

    private Rendered Symbol(CallSyntax call, Rendering rendering) =>
        new(_binder.Scalar(call.Arguments[0], "An address"), new RenderedType(rendering), call.Span);

    private IntegerLiteral KernelAddress(CallSyntax call)
    {
        string name = Literal(call.Arguments[0], "The name of a symbol");
        return _scope.Program.Points.TryFindSymbol(name, out ulong address)
            ? new((long)address, IntegerType.UInt64, call.Span)
            : throw new ProbeException($"The kernel tells no address of '{name}': without CONFIG_KALLSYMS_ALL it tells those of functions only.", call.Arguments[0].Span);
    }

    private IntegerLiteral ControlGroup(CallSyntax call)
    {
        string directory = Literal(call.Arguments[0], "The directory of a control group");
        return ControlGroups.IdOf(directory) is { } id
            ? new((long)id, IntegerType.UInt64, call.Span)
            : throw new ProbeException($"There is no directory {directory}.", call.Arguments[0].Span);
    }

    private Expression UserAddress(CallSyntax call)
    {
        string name = Literal(call.Arguments[0], "The name of a symbol");
        return _scope.Event.SymbolAddress(name, call.Span)
            ?? throw new ProbeException($"There is no symbol '{name}' here: uaddr() looks in the file that the uprobe or usdt is in.", call.Arguments[0].Span);
    }

    private Expression Register(CallSyntax call)
    {
        string name = Literal(call.Arguments[0], "The name of a register");
        return _scope.Event.Register(name, call.Span)
            ?? throw new ProbeException($"There is no register '{name}' here: kprobe, uprobe and profile have those of the processor.", call.Arguments[0].Span);
    }

    private StackTrace Stack(CallSyntax call, bool isUser)
    {
        bool isPerfStyle = false;
        IEnumerable<ExpressionSyntax> arguments = call.Arguments;
        if (call.Arguments is [NameSyntax { Name: "perf" or "bpftrace" } mode, ..])
        {
            isPerfStyle = mode.Name == "perf";
            arguments = arguments.Skip(1);
        }
        else if (call.Arguments is [NameSyntax { Name: "raw" } raw, ..])
        {
            throw new ProbeException("Stacks are told by their symbols: raw is not supported, perf and bpftrace are.", raw.Span);
        }

        if (arguments.Skip(1).FirstOrDefault() is { } extra)
        {
            throw new ProbeException($"{call.Name}() is called as {call.Name}([perf,] [depth]).", extra.Span);
        }

        long depth = arguments.FirstOrDefault() is { } given ? _binder.Constant(given, "A stack's depth") : Limits.StackDepth;
        return depth is >= 1 and <= 127
            ? Stack(isUser, isPerfStyle, (int)depth, call.Span)
            : throw new ProbeException("A stack has 1 to 127 frames.", call.Span);
    }

    private static Builtin Nanoseconds(CallSyntax call) => call.Arguments switch
    {
        [] or [NameSyntax { Name: "monotonic" }] => new(BuiltinValue.Nanoseconds, IntegerType.UInt64, call.Span),
        [NameSyntax { Name: "boot" }] => new(BuiltinValue.BootNanoseconds, IntegerType.UInt64, call.Span),
        _ => throw new ProbeException("nsecs() knows two clocks: monotonic and boot.", call.Span),
    };

    private Expression Compare(CallSyntax call)
    {
        Expression left = String(call.Arguments[0], call), right = String(call.Arguments[1], call);
        long length = _binder.Constant(call.Arguments[2], "The length to compare");
        if (length < 1)
        {
            throw new ProbeException("The length to compare is 1 at least.", call.Arguments[2].Span);
        }

        return left.Type is StringType one && right.Type is StringType other
            ? new CompareStrings(left, right, (int)Math.Min(length, Math.Min(one.Capacity, other.Capacity)), call.Span)
            : new UnknownValue(call.Span);
    }

    private Expression Contains(CallSyntax call)
    {
        Expression text = String(call.Arguments[0], call);
        ImmutableArray<byte> part = TextOf(call.Arguments[1]) ?? throw new ProbeException("The part to look for is written down, in double quotes.", call.Arguments[1].Span);
        return part.Length < Limits.StringCapacity
            ? text.Type is UnknownType ? text : new StringContains(text, part, call.Span)
            : throw new ProbeException($"The part to look for has {Limits.StringCapacity - 1} bytes at most.", call.Arguments[1].Span);
    }

    private Expression String(ExpressionSyntax syntax, CallSyntax call)
    {
        Expression value = _binder.Value(syntax);
        return value.Type is StringType or UnknownType
            ? value
            : throw new ProbeException($"{call.Name}() works on strings, not on {TypeText.Of(value.Type)}.{(value.Type is PointerType ? " Read what it points to with str()." : "")}", value.Span);
    }

    private Rendered Time(CallSyntax call)
    {
        int format = _scope.Program.TimeFormat(Literal(call.Arguments[0], "The format of a time"));
        return new(_binder.Scalar(call.Arguments[1], "A time"), new RenderedType(Rendering.Time) { Format = format }, call.Span);
    }

    private Expression Pointer(CallSyntax call, AddressSpace space)
    {
        Expression operand = _binder.Bind(call.Arguments[0]);
        if (operand.Type is UnknownType)
        {
            return operand;
        }

        (Expression address, _, TargetType? target) = _memory.Locate(operand);
        PointerType type = new(target ?? TargetVoid.Instance, space);
        return address is AddressOf at ? at with { Type = type, Span = call.Span } : new AddressOf(address, 0, type, call.Span);
    }

    private Expression SwapBytes(CallSyntax call)
    {
        Expression operand = _binder.Scalar(call.Arguments[0], "What bswap() turns round");
        return operand.Type switch
        {
            IntegerType integer => new Unary(UnaryOperator.SwapBytes, operand, new IntegerType(integer.Width, false), call.Span),
            UnknownType => operand,
            _ => throw new ProbeException("bswap() works on numbers, not on addresses.", operand.Span),
        };
    }
}
