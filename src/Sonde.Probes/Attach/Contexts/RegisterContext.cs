using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Contexts;

/// <summary>The registers as they were: kprobes, uprobes, and perf events, whose context begins with them.</summary>
/// <param name="Registers">Of this architecture.</param>
/// <param name="Place">What the registers tell about a function.</param>
/// <param name="IsUser">True when the code is a process's.</param>
internal sealed record RegisterContext(RegisterTable Registers, CodePlace Place, bool IsUser) : EventContext
{
    public override AddressSpace PointerSpace => IsUser ? AddressSpace.User : AddressSpace.Kernel;

    public override bool IsUserSpace => IsUser;

    public override Expression? Argument(int index, SourceSpan span) =>
        Place == CodePlace.Entry && index < Registers.Arguments.Count ? Saved(Registers.Arguments[index], IntegerType.UInt64, span) : null;

    public override Expression? StackArgument(int index, SourceSpan span) => Place == CodePlace.Entry
        ? new Load(Saved(Registers.StackPointer, IntegerType.UInt64, span), PointerSpace, Registers.FirstStackArgument + index * 8, 8, 0, 0, IntegerType.UInt64, span)
        : null;

    public override Expression? ReturnValue(SourceSpan span) =>
        Place == CodePlace.Return ? Saved(Registers.ReturnValue, IntegerType.UInt64, span) : null;

    public override Expression? Function(SourceSpan span)
    {
        Expression address = Place == CodePlace.Entry ? Saved(Registers.InstructionPointer, IntegerType.UInt64, span)
            : new Builtin(BuiltinValue.FunctionAddress, IntegerType.UInt64, span);
        return Place is CodePlace.Anywhere ? null
            : new Rendered(address, new RenderedType(IsUser ? Rendering.UserSymbol : Rendering.KernelSymbol), span);
    }

    public override Expression? Register(string name, SourceSpan span) => Registers.Offsets.ContainsKey(name) ? Saved(name, IntegerType.UInt64, span) : null;

    /// <summary>How far a symbol of the file lies from the probe, in bytes; null for what is in no file, or somewhere else in each copy.</summary>
    internal Func<string, long?>? DistanceTo { get; init; }

    /// <remarks>A file is loaded anywhere; but the probe's own address is known when it runs.</remarks>
    public override Expression? SymbolAddress(string name, SourceSpan span) => Place == CodePlace.Entry && DistanceTo?.Invoke(name) is { } distance
        ? new Binary(BinaryOperator.Add, Saved(Registers.InstructionPointer, IntegerType.UInt64, span), new IntegerLiteral(distance, IntegerType.Int64, span), false, IntegerType.UInt64, span)
        : null;

    public bool Equals(RegisterContext? other) => other is not null && ReferenceEquals(Registers, other.Registers)
        && (Place, IsUser) == (other.Place, other.IsUser) && ReferenceEquals(DistanceTo, other.DistanceTo);

    public override int GetHashCode() => HashCode.Combine(Place, IsUser);

    private Load Saved(string register, IntegerType type, SourceSpan span) => Context.Load(Registers.Offsets[register], type, span);
}

/// <summary>Where in a function a probe is.</summary>
internal enum CodePlace
{
    /// <summary>At its first instruction (or wherever it was put): the registers hold the arguments.</summary>
    Entry,

    /// <summary>Behind it: a register holds the return value.</summary>
    Return,

    /// <summary>Anywhere: a sample.</summary>
    Anywhere,
}
