using Sonde.Bpf.Btf;

namespace Sonde.Probes.Model;

/// <summary>
/// What a value is. A value that is kept (in a variable, a key, an event, a map) takes <see cref="Size"/> bytes, always a multiple of 8:
/// so everything that lies one behind the other is aligned, and no key has a hole.
/// </summary>
public abstract record ProbeType
{
    /// <summary>Bytes of a kept value, a multiple of 8; 0 for what cannot be kept.</summary>
    public abstract int Size { get; }

    /// <summary>True when a value fits a register.</summary>
    public virtual bool IsScalar => false;

    protected static int RoundUp(int size) => (size + 7) & ~7;
}

/// <summary>
/// An integer. Its width counts where it is loaded from memory, in casts and in the output; in registers and where it is kept it has 64
/// bits, sign-extended when <paramref name="IsSigned"/> and zero-extended otherwise. Arithmetic is done in 64 bits.
/// </summary>
/// <param name="Width">Bytes: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">Decides comparison, division and right shift.</param>
public sealed record IntegerType(int Width, bool IsSigned) : ProbeType
{
    public static IntegerType Int64 { get; } = new(8, true);

    public static IntegerType UInt64 { get; } = new(8, false);

    /// <summary>The enumeration that the integer is of, so that it can be named; null for plain integers.</summary>
    public BtfType? Enumeration { get; init; }

    public override int Size => 8;

    public override bool IsScalar => true;
}

/// <summary>An address.</summary>
/// <param name="Target">What is there.</param>
/// <param name="Space">How to read it.</param>
public sealed record PointerType(TargetType Target, AddressSpace Space) : ProbeType
{
    public override int Size => 8;

    public override bool IsScalar => true;
}

/// <summary>How what an address points to is read.</summary>
public enum AddressSpace
{
    /// <summary>By <c>bpf_probe_read_kernel</c>: any kernel address.</summary>
    Kernel,

    /// <summary>By <c>bpf_probe_read_user</c>.</summary>
    User,

    /// <summary>
    /// By an ordinary load: the verifier knows the pointer's BTF type and the kernel mends faults (arguments of <c>tp_btf</c>,
    /// <c>fentry</c> and iterators, the current task). Holds along chains of members, is lost by casts, arithmetic and keeping.
    /// </summary>
    Btf,

    /// <summary>By an ordinary load from the program's context.</summary>
    Context,
}

/// <summary>A string: <paramref name="Capacity"/> bytes with a final 0, zeroes behind it.</summary>
/// <param name="Capacity">Bytes with the final 0.</param>
public sealed record StringType(int Capacity) : ProbeType
{
    public override int Size => RoundUp(Capacity);
}

/// <summary>Bytes: 8 for how many there are, then <paramref name="Capacity"/> (<c>buf()</c>).</summary>
public sealed record BufferType(int Capacity) : ProbeType
{
    public override int Size => 8 + RoundUp(Capacity);
}

/// <summary>Several values, one behind the other.</summary>
public sealed record TupleType(IReadOnlyList<ProbeType> Items) : ProbeType
{
    public override int Size => Items.Sum(item => item.Size);

    public bool Equals(TupleType? other) => other is not null && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => Items.Aggregate(0, HashCode.Combine);
}

/// <summary>
/// A number that is told as something else: the rendering happens in user space.
/// </summary>
/// <param name="Rendering">As what.</param>
public sealed record RenderedType(Rendering Rendering) : ProbeType
{
    /// <summary>For <see cref="Rendering.Time"/>: which format of <see cref="ProbeProgram.TimeFormats"/>.</summary>
    public int Format { get; init; }

    /// <summary>For stacks: frames at most.</summary>
    public int Depth { get; init; }

    /// <summary>For stacks: told as perf does, with addresses (<c>kstack(perf)</c>).</summary>
    public bool IsPerfStyle { get; init; }

    public override int Size => Rendering switch
    {
        Rendering.UserSymbol => 16,
        Rendering.InternetAddress => 24,
        _ => 8,
    };

    public override bool IsScalar => Size == 8;
}

/// <summary>What a <see cref="RenderedType"/> holds and is told as.</summary>
public enum Rendering
{
    /// <summary><c>ksym()</c>: a kernel address, told as symbol.</summary>
    KernelSymbol,

    /// <summary><c>usym()</c>: an address and a process (8 bytes each), told as symbol.</summary>
    UserSymbol,

    /// <summary><c>kstack</c>: the number of a stack in the program's stack map (<c>bpf_get_stackid</c>), negative when there is none.</summary>
    KernelStack,

    /// <summary><c>ustack</c>: such a number in the low 32 bits, the process in the high ones.</summary>
    UserStack,

    /// <summary><c>ntop()</c>: the address family in 8 bytes, then 4 or 16 bytes of address and zeroes.</summary>
    InternetAddress,

    /// <summary><c>macaddr()</c>: 6 bytes and two zeroes.</summary>
    MacAddress,

    /// <summary><c>username</c>: a user id.</summary>
    UserName,

    /// <summary><c>strftime()</c>: nanoseconds of <c>CLOCK_MONOTONIC</c>.</summary>
    Time,

    /// <summary><c>probe</c>: the index of a probe in <see cref="ProbeProgram.Probes"/>.</summary>
    ProbeName,
}

/// <summary>Nothing: of a function called for its effect.</summary>
public sealed record VoidType : ProbeType
{
    public static VoidType Instance { get; } = new();

    public override int Size => 0;
}

/// <summary>A structure or an array as a place in memory, not a value: what a <c>.</c> or <c>[]</c> is applied to.</summary>
/// <param name="Target">What lies there.</param>
/// <param name="Space">How it is read.</param>
public sealed record PlaceType(TargetType Target, AddressSpace Space) : ProbeType
{
    public override int Size => 0;
}
