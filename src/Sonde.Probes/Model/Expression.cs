using System.Collections.Immutable;

namespace Sonde.Probes.Model;

/// <summary>
/// The typed tree: what a program means, once every name is known. The text and the expression trees both become this, and the code
/// generator sees nothing else. Everything about layouts, architectures and attach points is settled here: a member is a load at an
/// offset, an argument a load from the context.
/// </summary>
/// <param name="Type">Of the value.</param>
/// <param name="Span">Its text.</param>
public abstract record Expression(ProbeType Type, SourceSpan Span);

public sealed record IntegerLiteral(long Value, IntegerType Integer, SourceSpan Span) : Expression(Integer, Span);

/// <param name="Bytes">Without the final 0; the type's capacity has room for it.</param>
/// <param name="String">The type.</param>
/// <param name="Span">Its text.</param>
public sealed record StringLiteral(ImmutableArray<byte> Bytes, StringType String, SourceSpan Span) : Expression(String, Span);

/// <summary>What a helper of the kernel answers without being asked for anything.</summary>
public sealed record Builtin(BuiltinValue Value, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

public enum BuiltinValue
{
    /// <summary>The process: high half of <c>bpf_get_current_pid_tgid</c>.</summary>
    ProcessId,

    /// <summary>The thread: low half of the same.</summary>
    ThreadId,
    UserId,
    GroupId,

    /// <summary><c>bpf_ktime_get_ns</c>.</summary>
    Nanoseconds,

    /// <summary><c>bpf_ktime_get_boot_ns</c>.</summary>
    BootNanoseconds,

    /// <summary>Since the program was started.</summary>
    Elapsed,
    Processor,
    CgroupId,
    Random,

    /// <summary>A <see cref="StringType"/> of 16.</summary>
    CommandName,

    /// <summary><c>bpf_get_current_task</c>, or <c>_btf</c> when the type is a pointer in <see cref="AddressSpace.Btf"/>.</summary>
    CurrentTask,

    /// <summary><c>bpf_get_func_ip</c>: where the function begins that the program is attached to.</summary>
    FunctionAddress,

    /// <summary>The index of the probe that runs.</summary>
    ProbeIndex,

    /// <summary>The program's context.</summary>
    Context,
}

/// <summary>
/// A number or an address read from memory. Of a bit field, the bits from <paramref name="BitOffset"/> (counted from the least
/// significant of the loaded word) on.
/// </summary>
/// <param name="Address">A scalar: where, or for <see cref="AddressSpace.Context"/> the <see cref="BuiltinValue.Context"/>.</param>
/// <param name="Space">How it is read. A load that faults answers 0.</param>
/// <param name="Offset">Bytes added to the address.</param>
/// <param name="Width">Bytes loaded: 1, 2, 4 or 8.</param>
/// <param name="BitOffset">0 unless a bit field.</param>
/// <param name="BitCount">0 unless a bit field.</param>
/// <param name="Type">An integer or a pointer; its sign decides how it is extended.</param>
/// <param name="Span">Its text.</param>
public sealed record Load(
    Expression Address, AddressSpace Space, int Offset, int Width, int BitOffset, int BitCount, ProbeType Type, SourceSpan Span)
    : Expression(Type, Span);

/// <summary>Where a place lies: an address plus an offset, as a scalar.</summary>
public sealed record AddressOf(Expression Address, int Offset, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

/// <summary>A string read from memory: up to its 0, at most <paramref name="Limit"/> or the type's capacity, whichever is less; empty when it faults.</summary>
/// <param name="Address">A scalar.</param>
/// <param name="Space">Kernel or User; a place in Btf or Context is read as Kernel.</param>
/// <param name="Limit">Bytes with the final 0, or null.</param>
/// <param name="String">The type.</param>
/// <param name="Span">Its text.</param>
public sealed record ReadString(Expression Address, AddressSpace Space, Expression? Limit, StringType String, SourceSpan Span) : Expression(String, Span);

/// <summary>Bytes read from memory: a <see cref="BufferType"/>, or an array kept as a whole.</summary>
public sealed record ReadBytes(Expression Address, AddressSpace Space, Expression? Length, BufferType Buffer, SourceSpan Span) : Expression(Buffer, Span);

/// <summary>A scratch variable; unset it is zero.</summary>
public sealed record VariableValue(ProbeVariable Variable, SourceSpan Span) : Expression(Variable.Type, Span);

/// <summary>The value of a map at a key; zero where there is none. Of an aggregation: its sum or count over all CPUs is not known in the kernel, this CPU's is read.</summary>
public sealed record MapValue(ProbeMap Map, IReadOnlyList<Expression> Key, SourceSpan Span) : Expression(Map.ValueType, Span);

public sealed record Unary(UnaryOperator Operator, Expression Operand, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

public enum UnaryOperator
{
    Negate,
    Complement,

    /// <summary>1 when the operand is 0, else 0.</summary>
    Not,

    /// <summary>The bytes of the operand's width (its <see cref="IntegerType.Width"/>) in reverse order (<c>bswap()</c>).</summary>
    SwapBytes,
}

/// <summary>
/// Of two scalars. The sign that comparison, division, remainder and right shift need is the one of <paramref name="IsSigned"/>; dividing
/// by zero gives 0, as the instruction does. <see cref="BinaryOperator.And"/> and <see cref="BinaryOperator.Or"/> evaluate the right side only when it decides.
/// </summary>
public sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right, bool IsSigned, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

public enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// <summary>The integer cut to the type's width and extended by its sign.</summary>
public sealed record Cast(Expression Operand, IntegerType Integer, SourceSpan Span) : Expression(Integer, Span);

/// <summary>One of two values of the same type.</summary>
public sealed record Conditional(Expression Condition, Expression WhenTrue, Expression WhenFalse, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

/// <summary>Compares two strings: 0 when the first <paramref name="Count"/> bytes, or up to a common 0, are equal; else 1.</summary>
public sealed record CompareStrings(Expression Left, Expression Right, int Count, SourceSpan Span) : Expression(IntegerType.Int64, Span);

/// <summary>1 when the text contains the literal, else 0.</summary>
public sealed record StringContains(Expression Text, ImmutableArray<byte> Part, SourceSpan Span) : Expression(IntegerType.Int64, Span);

public sealed record TupleValue(IReadOnlyList<Expression> Items, TupleType Tuple, SourceSpan Span) : Expression(Tuple, Span);

public sealed record TupleItem(Expression Tuple, int Index, ProbeType Type, SourceSpan Span) : Expression(Type, Span);

/// <summary>A scalar (or for <see cref="Rendering.UserSymbol"/> an address and the running process) to be told as something else.</summary>
public sealed record Rendered(Expression Operand, RenderedType Rendering, SourceSpan Span) : Expression(Rendering, Span);

/// <summary><c>ntop()</c>: the family, and the address as a scalar (IPv4, network order in memory) or as a place to read 4 or 16 bytes from, as the family says.</summary>
/// <param name="Family">A scalar; null when the size of the place decides.</param>
/// <param name="Address">A scalar that is the IPv4 address, or, when <paramref name="Size"/> is not 0, the address of the place.</param>
/// <param name="Space">How the place is read.</param>
/// <param name="Size">Bytes of the place: 4 or 16; 0 when the address is the value.</param>
/// <param name="Span">Its text.</param>
public sealed record InternetAddress(Expression? Family, Expression Address, AddressSpace Space, int Size, SourceSpan Span)
    : Expression(new RenderedType(Rendering.InternetAddress), Span);

/// <summary><c>macaddr()</c>: 6 bytes read from a place.</summary>
public sealed record MacAddressValue(Expression Address, AddressSpace Space, SourceSpan Span) : Expression(new RenderedType(Rendering.MacAddress), Span);

/// <summary><c>kstack</c>, <c>ustack</c>: the running stack, at most so many frames (also <see cref="RenderedType.Depth"/>).</summary>
public sealed record StackTrace(bool IsUser, int Depth, SourceSpan Span)
    : Expression(new RenderedType(IsUser ? Rendering.UserStack : Rendering.KernelStack) { Depth = Depth }, Span);
