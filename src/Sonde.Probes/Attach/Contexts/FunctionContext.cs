using Sonde.Bpf.Btf;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>
/// A function's parameters in slots of 8 bytes: <c>tp_btf</c>, fentry and fexit. A structure that is passed by value takes as many as it
/// needs; behind the last parameter fexit finds the return value.
/// </summary>
internal sealed record FunctionContext : EventContext
{
    private const string NullableSuffix = "__nullable";
    private readonly Func<TargetMember, bool> _isNeverNull;
    private readonly HashSet<int> _plain = [];
    private readonly TargetMember? _result;

    /// <param name="name">Of the structure that <c>args</c> is.</param>
    /// <param name="parameters">Names and types; without a name it is <c>arg0</c> and so on.</param>
    /// <param name="result">The return type of fexit; null for what has no return value.</param>
    /// <param name="isNeverNull">Asked about members that point to structures, when a program uses them.</param>
    internal FunctionContext(string name, IEnumerable<(string Name, BtfType Type)> parameters, BtfType? result, Func<TargetMember, bool> isNeverNull)
    {
        _isNeverNull = isNeverNull;
        List<TargetMember> members = [];
        int offset = 0;
        foreach ((string parameter, BtfType type) in parameters)
        {
            string plain = parameter.EndsWith(NullableSuffix, StringComparison.Ordinal) ? parameter[..^NullableSuffix.Length] : parameter;
            members.Add(new(plain.Length == 0 ? $"arg{members.Count}" : plain, BtfTargets.Of(type), offset * 8, 0));
            if (type.Resolved is not { Kind: BtfKind.Pointer } pointer || pointer.Target.Resolved.Kind is BtfKind.Int or BtfKind.Void)
            {
                _plain.Add(offset);
            }

            offset += Math.Max(8, ((int)type.Size + 7) & ~7);
        }

        Arguments = new RecordStructure(name, members);
        if (result is { } returned && returned.Resolved.Kind != BtfKind.Void)
        {
            _result = new("retval", BtfTargets.Of(returned), offset * 8, 0);
        }
    }

    public override TargetStructure Arguments { get; }

    public override AddressSpace PointerSpace => AddressSpace.Btf;

    /// <remarks>
    /// The verifier types pointers to structures; numbers and pointers to them it takes as numbers; pointers to anything else it
    /// refused to load until lately (kernel/bpf/btf.c, <c>btf_ctx_access</c>), so these are read as memory.
    /// </remarks>
    public override AddressSpace MemberSpace(TargetMember member) =>
        _plain.Contains(member.Offset) || (IsStructurePointer(member) && _isNeverNull(member)) ? AddressSpace.Context : AddressSpace.Kernel;

    public override Expression? Argument(int index, SourceSpan span)
    {
        if (index >= Arguments.Members.Count)
        {
            return null;
        }

        // As a plain number: a pointer is read through the kernel, so that any arithmetic is allowed with it.
        TargetMember member = Arguments.Members[index];
        return member.Type is TargetInteger integer
            ? Context.Load(member.Offset, new IntegerType(integer.Width, integer.IsSigned), span)
            : Context.Load(member.Offset, IntegerType.UInt64, span, AddressSpace.Kernel);
    }

    public override Expression? ReturnValue(SourceSpan span) => _result is not { } result ? null : result.Type switch
    {
        TargetInteger integer => Context.Load(result.Offset, new IntegerType(integer.Width, integer.IsSigned) { Enumeration = integer.Enumeration }, span),
        TargetPointer pointer when pointer.Target() is TargetStructure structure => Context.Load(result.Offset, new PointerType(structure, AddressSpace.Btf), span),
        TargetPointer pointer => Context.Load(result.Offset, new PointerType(pointer.Target(), AddressSpace.Kernel), span, AddressSpace.Kernel),
        _ => null,
    };

    /// <summary>Whether the parameters are a function's: a tracepoint's have no address.</summary>
    internal bool IsFunction { get; init; }

    public override Expression? Function(SourceSpan span) => IsFunction
        ? new Rendered(new Builtin(BuiltinValue.FunctionAddress, IntegerType.UInt64, span), new RenderedType(Rendering.KernelSymbol), span)
        : null;

    public bool Equals(FunctionContext? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private static bool IsStructurePointer(TargetMember member) => member.Type is TargetPointer pointer && pointer.Target() is TargetStructure;
}

/// <summary>A tracepoint's arguments where BTF does not know it: numbers in slots of 8 bytes, without names.</summary>
internal sealed record SlotContext : EventContext
{
    /// <summary>Tracepoints have no more (kernel/trace/bpf_trace.c, <c>BPF_TRACE_DEFN_x</c>).</summary>
    private const int MaxArguments = 12;

    internal static SlotContext Instance { get; } = new();

    public override Expression? Argument(int index, SourceSpan span) => index < MaxArguments ? Context.Load(index * 8, IntegerType.UInt64, span) : null;
}
