using Sonde.Probes.Model;

namespace Sonde.Probes.Attach;

/// <summary>
/// What a program sees of the event that runs it, as the kind of attach point has it. Expressions are loads from the context, ready
/// for the code generator; null for what this kind does not have.
/// </summary>
public abstract record EventContext
{
    /// <summary>
    /// The members of <c>args</c>, at their offsets in the context; null without. Pointers among them are followed in
    /// <see cref="PointerSpace"/>, and read as user memory where <see cref="IsUserPointer"/> says so.
    /// </summary>
    public virtual TargetStructure? Arguments => null;

    /// <summary>True where <c>ctx</c> is the same as <c>args</c>: in iterators.</summary>
    public virtual bool IsArgumentsContext => false;

    /// <summary>
    /// How a member of <c>args</c> is read. <see cref="AddressSpace.Kernel"/> for a pointer that may be null: read so, it is a plain
    /// number to the verifier, which is then followed in <see cref="AddressSpace.Kernel"/> whatever <see cref="PointerSpace"/> says.
    /// </summary>
    public virtual AddressSpace MemberSpace(TargetMember member) => AddressSpace.Context;

    /// <summary>How pointers that come from the context are followed.</summary>
    public virtual AddressSpace PointerSpace => AddressSpace.Kernel;

    /// <summary>True for a member of <c>args</c> that points into the process's memory (a system call's arguments).</summary>
    public virtual bool IsUserPointer(TargetMember member) => false;

    /// <summary><c>arg0</c>, <c>arg1</c>, …</summary>
    public virtual Expression? Argument(int index, SourceSpan span) => null;

    /// <summary><c>sarg0</c>, …: arguments on the stack.</summary>
    public virtual Expression? StackArgument(int index, SourceSpan span) => null;

    /// <summary><c>retval</c>.</summary>
    public virtual Expression? ReturnValue(SourceSpan span) => null;

    /// <summary><c>func</c>: the address of the function, as a symbol of the kernel or of the process.</summary>
    public virtual Expression? Function(SourceSpan span) => null;

    /// <summary><c>reg("ax")</c>.</summary>
    public virtual Expression? Register(string name, SourceSpan span) => null;

    /// <summary><c>uaddr("symbol")</c>: the address of a symbol of the file that the probe is in; null when it has none.</summary>
    public virtual Expression? SymbolAddress(string name, SourceSpan span) => null;

    /// <summary>True when <c>arg0</c> and the like point into the process's memory: what <c>str()</c> reads then.</summary>
    public virtual bool IsUserSpace => false;
}
