using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>Words that are values: built-ins, constants of the program and the kernel, macros that everybody knows.</summary>
internal sealed class Names(ClauseScope scope)
{
    private static readonly IntegerType _uint32 = new(4, false);

    private static readonly Dictionary<string, Func<ClauseScope, SourceSpan, Expression>> _builtins = new()
    {
        ["pid"] = (_, span) => new Builtin(BuiltinValue.ProcessId, _uint32, span),
        ["tid"] = (_, span) => new Builtin(BuiltinValue.ThreadId, _uint32, span),
        ["uid"] = (_, span) => new Builtin(BuiltinValue.UserId, _uint32, span),
        ["gid"] = (_, span) => new Builtin(BuiltinValue.GroupId, _uint32, span),
        ["username"] = (_, span) => new Rendered(new Builtin(BuiltinValue.UserId, _uint32, span), new RenderedType(Rendering.UserName), span),
        ["nsecs"] = (_, span) => new Builtin(BuiltinValue.Nanoseconds, IntegerType.UInt64, span),
        ["elapsed"] = (_, span) => new Builtin(BuiltinValue.Elapsed, IntegerType.UInt64, span),
        ["cpu"] = (_, span) => new Builtin(BuiltinValue.Processor, _uint32, span),
        ["comm"] = (_, span) => new Builtin(BuiltinValue.CommandName, new StringType(16), span),
        ["cgroup"] = (_, span) => new Builtin(BuiltinValue.CgroupId, IntegerType.UInt64, span),
        ["rand"] = (_, span) => new Builtin(BuiltinValue.Random, _uint32, span),
        ["curtask"] = CurrentTask,
        ["kstack"] = (scope, span) => Functions.Stack(isUser: false, isPerfStyle: false, scope.Program.Limits.StackDepth, span),
        ["ustack"] = (scope, span) => Functions.Stack(isUser: true, isPerfStyle: false, scope.Program.Limits.StackDepth, span),
        ["cpid"] = (scope, span) => new IntegerLiteral(
            scope.Program.Options.ChildProcess ?? throw new ProbeException("cpid is the process that was started with the program: none was.", span), IntegerType.Int64, span),
        ["probe"] = Probe,
        ["func"] = (scope, span) => scope.Event.Function(span) ?? throw Lacks("func", "attach points in functions have one", span),
        ["retval"] = (scope, span) => scope.Event.ReturnValue(span) ?? throw Lacks("retval", "attach points at a function's return have one", span),
        ["args"] = (_, span) => throw new ProbeException("args is not a value: name a member, args.member.", span),
        ["ctx"] = (_, span) => throw new ProbeException("ctx is followed by a member, in iterators only: elsewhere what the context holds is in args, arg0, retval and reg().", span),
    };

    /// <summary>Builtins of bpftrace that Sonde has not, and why.</summary>
    private static readonly Dictionary<string, string> _refused = new()
    {
        ["numaid"] = "use cpu",
        ["jiffies"] = "use nsecs",
        ["stack"] = "use kstack or ustack",
        ["ncpus"] = "a program does not know how many CPUs there are",
    };

    public static bool IsBuiltin(string name) => _builtins.ContainsKey(name);

    public Expression Bind(NameSyntax syntax)
    {
        string name = syntax.Name;
        if (_builtins.TryGetValue(name, out Func<ClauseScope, SourceSpan, Expression>? builtin))
        {
            return builtin(scope, syntax.Span);
        }

        if (TryFindNumbered(name, "arg", out int index))
        {
            return scope.Event.Argument(index, syntax.Span) ?? throw Lacks(name, scope.Event.Arguments is null ? "kprobe, uprobe and usdt have arguments by number" : "here arguments have names, args.name", syntax.Span);
        }

        if (TryFindNumbered(name, "sarg", out index))
        {
            return scope.Event.StackArgument(index, syntax.Span) ?? throw Lacks(name, "kprobe and uprobe at a function's start have arguments on the stack", syntax.Span);
        }

        if (scope.Program.Types.TryFindConstant(name, out long value, out TargetInteger enumeration))
        {
            // A constant takes the other side's sign, as a number written down does.
            return new IntegerLiteral(value, enumeration.Width == 8 && !enumeration.IsSigned && value < 0 ? IntegerType.UInt64 : IntegerType.Int64, syntax.Span);
        }

        if (KnownConstants.TryFind(name, out value))
        {
            return new IntegerLiteral(value, IntegerType.Int64, syntax.Span);
        }

        if (_refused.TryGetValue(name, out string? reason))
        {
            throw new ProbeException($"There is no '{name}' here: {reason}.", syntax.Span);
        }

        string advice = Functions.IsFunction(name) ? $" It is a function: {name}()."
            : Nearest.Question(name, [.. _builtins.Keys, .. scope.Program.Types.Constants, .. KnownConstants.Names]);
        throw new ProbeException($"Unknown name '{name}'.{advice}", syntax.Span);
    }

    private static Builtin CurrentTask(ClauseScope scope, SourceSpan span)
    {
        TargetType? task = scope.Program.Types.Find("struct task_struct");
        return new Builtin(BuiltinValue.CurrentTask, task switch
        {
            TargetStructure { BtfId: not 0 } => new PointerType(task, AddressSpace.Btf),
            null => IntegerType.UInt64,
            _ => new PointerType(task, AddressSpace.Kernel),
        }, span);
    }

    private static Rendered Probe(ClauseScope scope, SourceSpan span)
    {
        scope.NamesProbe = true;
        return new(new Builtin(BuiltinValue.ProbeIndex, IntegerType.UInt64, span), new RenderedType(Rendering.ProbeName), span);
    }

    private static bool TryFindNumbered(string name, string prefix, out int index)
    {
        index = -1;
        return name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length
            && name.AsSpan(prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0 && int.TryParse(name.AsSpan(prefix.Length), out index) && index < 100;
    }

    private static ProbeException Lacks(string name, string which, SourceSpan span) => new($"There is no {name} at this attach point: {which}.", span);
}
