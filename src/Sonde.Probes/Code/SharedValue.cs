using System.Globalization;
using Sonde.Bpf.Instructions;
using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>
/// Something that costs a call and that a probe asks for more than once: the answer is kept for the rest of the run, as long as nothing
/// that it depends on was changed.
/// </summary>
internal sealed class SharedValue(string name)
{
    /// <summary>What it is; the same text for the same value.</summary>
    internal string Name { get; } = name;

    internal int Uses { get; set; }

    /// <summary>The maps and variables that it was made from.</summary>
    internal HashSet<object> Sources { get; } = [];

    /// <summary>True when it was read from memory that others may write.</summary>
    internal bool ReadsMemory { get; set; }

    /// <summary>The register that keeps it; null when <see cref="Slot"/> does.</summary>
    internal BpfRegister? Register { get; set; }

    internal Place Slot { get; set; }
}

/// <summary>The values of a probe that are worth keeping, and which of them are known at the place where code is being made.</summary>
internal sealed class SharedValues
{
    /// <summary>The answer of <c>bpf_get_current_pid_tgid</c>, and of <c>bpf_get_current_uid_gid</c>.</summary>
    internal const string ProcessAndThread = "pid_tgid", UserAndGroup = "uid_gid";

    private readonly Dictionary<string, SharedValue> _values = [];
    private HashSet<SharedValue> _known = [];

    internal SharedValues(Statement body)
    {
        foreach (Expression expression in TreeWalk.Expressions(body))
        {
            if (NameOf(expression) is { } name)
            {
                if (!_values.TryGetValue(name, out SharedValue? value))
                {
                    _values.Add(name, value = new(name));
                    AddSources(value, expression);
                }

                value.Uses++;
            }
        }

        foreach (SharedValue single in _values.Values.Where(each => each.Uses < 2).ToList())
        {
            _ = _values.Remove(single.Name);
        }
    }

    internal IReadOnlyCollection<SharedValue> All => _values.Values;

    internal SharedValue? Find(Expression expression) => NameOf(expression) is { } name ? _values.GetValueOrDefault(name) : null;

    internal SharedValue? Find(string name) => _values.GetValueOrDefault(name);

    internal bool IsKnown(SharedValue value) => _known.Contains(value);

    internal void Learn(SharedValue value) => _known.Add(value);

    /// <summary>What was made from a map or a variable no longer holds.</summary>
    internal void Forget(object source) => _known.RemoveWhere(value => value.Sources.Contains(source));

    /// <summary>Before a loop: what its rounds change is not known in any of them.</summary>
    internal void Forget(IEnumerable<Statement> rounds)
    {
        _known.RemoveWhere(value => value.ReadsMemory);
        foreach (object? source in rounds.Select(Changed))
        {
            if (source is not null)
            {
                Forget(source);
            }
        }
    }

    /// <summary>What is known here, to come back to behind a branch.</summary>
    internal HashSet<SharedValue> Save() => [.. _known];

    internal void Restore(HashSet<SharedValue> known) => _known = [.. known];

    /// <summary>Behind two branches: known is what is known at the end of both.</summary>
    internal void Merge(HashSet<SharedValue> other) => _known.IntersectWith(other);

    private static object? Changed(Statement statement) => statement switch
    {
        AssignVariable assign => assign.Variable,
        AssignMap assign => assign.Map,
        AddToMap add => add.Map,
        Aggregate aggregate => aggregate.Map,
        DeleteFromMap delete => delete.Map,
        _ => null,
    };

    private static void AddSources(SharedValue value, Expression expression)
    {
        foreach (Expression part in TreeWalk.Expressions(expression))
        {
            _ = part switch
            {
                VariableValue variable => value.Sources.Add(variable.Variable),
                MapValue map => value.Sources.Add(map.Map),
                Load { Space: AddressSpace.Kernel or AddressSpace.User } => value.ReadsMemory = true,
                _ => false,
            };
        }
    }

    /// <summary>The name of what is worth keeping; null for what is not: cheap, or another each time.</summary>
    private static string? NameOf(Expression expression) => expression switch
    {
        Builtin { Value: BuiltinValue.ProcessId or BuiltinValue.ThreadId } => ProcessAndThread,
        Builtin { Value: BuiltinValue.UserId or BuiltinValue.GroupId } => UserAndGroup,
        Builtin { Value: BuiltinValue.CgroupId or BuiltinValue.CurrentTask } => Describe(expression),
        Load { Space: AddressSpace.Kernel or AddressSpace.User } => Describe(expression),
        MapValue { Map.ValueType.IsScalar: true, Key.Count: > 0 } => Describe(expression),
        _ => null,
    };

    private static string? Describe(Expression expression) => expression switch
    {
        IntegerLiteral literal => literal.Value.ToString(CultureInfo.InvariantCulture),
        Builtin
        {
            Value: BuiltinValue.ProcessId or BuiltinValue.ThreadId or BuiltinValue.UserId or BuiltinValue.GroupId or BuiltinValue.Processor
            or BuiltinValue.CgroupId or BuiltinValue.CurrentTask or BuiltinValue.ProbeIndex or BuiltinValue.Context
        } builtin => $"{builtin.Value}{builtin.Type is PointerType { Space: AddressSpace.Btf }}",
        VariableValue { Type.IsScalar: true } variable => variable.Variable.Name,
        Load load => Compose($"{load.Space}{load.Offset}w{load.Width}b{load.BitOffset}n{load.BitCount}{IsSigned(load.Type)}", load.Address),
        AddressOf address => Compose($"+{address.Offset}", address.Address),
        MapValue value => Compose(value.Map.Name, [.. value.Key]),
        Unary unary => Compose(unary.Operator.ToString(), unary.Operand),
        Binary binary => Compose($"{binary.Operator}{binary.IsSigned}", binary.Left, binary.Right),
        Cast cast => Compose($"to{cast.Integer.Width}{cast.Integer.IsSigned}", cast.Operand),
        Rendered { Type.IsScalar: true } rendered => Describe(rendered.Operand),
        _ => null,
    };

    private static bool IsSigned(ProbeType type) => type is IntegerType { IsSigned: true };

    private static string? Compose(string name, params Expression[] parts)
    {
        string?[] described = [.. parts.Select(Describe)];
        return described.Contains(null) ? null : $"{name}({string.Join(',', described)})";
    }
}
