namespace Sonde.Probes.Model;

/// <summary>
/// What lies in memory, as C has it: of BTF, of a tracepoint's format file, of a program's own <c>struct</c>. One model of all three.
/// </summary>
public abstract record TargetType
{
    /// <summary>Bytes; 0 for <c>void</c>, functions and what is only declared.</summary>
    public abstract int Size { get; }
}

/// <param name="Width">Bytes: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">True for signed types.</param>
public sealed record TargetInteger(int Width, bool IsSigned) : TargetType
{
    /// <summary>True for <c>char</c>: an array of them is a string.</summary>
    public bool IsCharacter { get; init; }

    /// <summary>The enumeration, if it is one.</summary>
    public Sonde.Bpf.Btf.BtfType? Enumeration { get; init; }

    public override int Size => Width;
}

/// <param name="Target">What is pointed to; a function to the compiler, so that recursive types end.</param>
public sealed record TargetPointer(Func<TargetType> Target) : TargetType
{
    public override int Size => 8;
}

public sealed record TargetArray(TargetType Element, int Length) : TargetType
{
    public override int Size => Element.Size * Length;
}

/// <summary>A structure or union. Compared by name and origin: members are found when asked for.</summary>
public abstract record TargetStructure(string Name) : TargetType
{
    /// <summary>The type's number in the kernel's BTF, which the verifier knows it by; 0 for others.</summary>
    public virtual uint BtfId => 0;

    /// <summary>Finds a member, also inside anonymous structures and unions.</summary>
    public abstract bool TryFind(string name, out TargetMember member);

    /// <summary>The members in order, anonymous ones as they stand.</summary>
    public abstract IReadOnlyList<TargetMember> Members { get; }
}

public sealed record TargetVoid : TargetType
{
    public static TargetVoid Instance { get; } = new();

    public override int Size => 0;
}

/// <param name="Name">Empty for an anonymous structure or union.</param>
/// <param name="Type">What lies there.</param>
/// <param name="BitOffset">From the structure's start.</param>
/// <param name="BitFieldSize">Bits of a bit field, 0 for others.</param>
public readonly record struct TargetMember(string Name, TargetType Type, int BitOffset, int BitFieldSize)
{
    public int Offset => BitOffset / 8;

    /// <summary>A string or bytes of varying length in a tracepoint's record (<c>__data_loc</c>): the 4 bytes there are offset and length.</summary>
    public bool IsDataLocation { get; init; }

    /// <summary>The offset of such a member counts from the member's end (<c>__rel_loc</c>), not from the record's start.</summary>
    public bool IsRelative { get; init; }
}
