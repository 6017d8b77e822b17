using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Code;

/// <summary>Short names for the parts of typed trees.</summary>
internal static class Tree
{
    internal static SourceSpan None => SourceSpan.None;

    internal static Builtin ThreadId => new(BuiltinValue.ThreadId, IntegerType.UInt64, None);

    internal static Builtin ProcessId => new(BuiltinValue.ProcessId, IntegerType.UInt64, None);

    internal static Builtin Nanoseconds => new(BuiltinValue.Nanoseconds, IntegerType.UInt64, None);

    internal static Builtin Context => new(BuiltinValue.Context, IntegerType.UInt64, None);

    internal static Builtin CommandName => new(BuiltinValue.CommandName, new StringType(16), None);

    internal static IntegerLiteral Number(long value) => new(value, IntegerType.Int64, None);

    internal static StringLiteral Text(string text, int? capacity = null) =>
        new([.. System.Text.Encoding.UTF8.GetBytes(text)], new(capacity ?? text.Length + 1), None);

    internal static Binary Operation(BinaryOperator operation, Expression left, Expression right, bool isSigned = true) =>
        new(operation, left, right, isSigned, isSigned ? IntegerType.Int64 : IntegerType.UInt64, None);

    internal static Load FromContext(int offset, int width = 8, bool isSigned = false) =>
        new(Context, AddressSpace.Context, offset, width, 0, 0, new IntegerType(width, isSigned), None);

    internal static MapValue Value(ProbeMap map, params Expression[] key) => new(map, key, None);

    internal static ProbeMap Map(string name, ProbeType value, params ProbeType[] key) => new() { Name = name, KeyTypes = key, ValueType = value };

    internal static ProbeMap Aggregated(string name, AggregationKind kind, params ProbeType[] key) => new()
    {
        Name = name,
        KeyTypes = key,
        ValueType = IntegerType.Int64,
        Aggregation = new(kind, true) { LinearMin = 0, LinearMax = 100, LinearStep = 10 },
    };

    internal static Block Body(params Statement[] statements) => new(statements, None);

    internal static Probe At(AttachTarget target, params Statement[] statements) => new(
        [target], Body(statements),
        [.. statements.SelectMany(TreeWalk.Statements).OfType<AssignVariable>().Select(each => each.Variable).Distinct()], None);

    internal static AttachTarget Once { get; } = new OnceTarget("BEGIN", false);

    internal static ProbeProgram Program(IReadOnlyList<ProbeMap> maps, params Probe[] probes) => new()
    {
        Text = "",
        Probes = probes,
        Maps = maps,
        Outputs = [],
        TimeFormats = [],
    };
}
