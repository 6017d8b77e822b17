using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>An event of a kernel that does not exist.</summary>
internal sealed record SampleEvent(string Kind, SampleStructure? Members = null, bool HasNumbers = false, bool InProcess = false) : EventContext
{
    public override TargetStructure? Arguments => Members;

    public override AddressSpace PointerSpace => Kind == "fentry" ? AddressSpace.Btf : AddressSpace.Kernel;

    public override bool IsUserSpace => InProcess;

    /// <summary>A system call's arguments that are pointers point into the process.</summary>
    public override bool IsUserPointer(TargetMember member) => Kind == "syscall" && member.Type is TargetPointer;

    public override Expression? Argument(int index, SourceSpan span) => HasNumbers ? Word(112 - 8 * index, span) : null;

    public override Expression? ReturnValue(SourceSpan span) => Kind.EndsWith("ret", StringComparison.Ordinal) ? Word(80, span) : null;

    public override Expression? Function(SourceSpan span) =>
        HasNumbers ? new Rendered(Word(128, span), new RenderedType(InProcess ? Rendering.UserSymbol : Rendering.KernelSymbol), span) : null;

    public override Expression? Register(string name, SourceSpan span) => HasNumbers && name == "ax" ? Word(80, span) : null;

    public override Expression? SymbolAddress(string name, SourceSpan span) =>
        InProcess && name == "main" ? new IntegerLiteral(0x1000, IntegerType.UInt64, span) : null;

    private static Load Word(int offset, SourceSpan span) =>
        new(new Builtin(BuiltinValue.Context, IntegerType.UInt64, span), AddressSpace.Context, offset, 8, 0, 0, IntegerType.UInt64, span);
}
