using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>
/// What is known of a map's or variable's type so far. Types only grow: strings to the largest capacity, integers to the largest width,
/// to signed ones when both occur. So passes over the program come to an end.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="IsNeutral">All there was are numbers written down, like <c>0</c>, which take the sign of whatever else is kept.</param>
internal readonly record struct Inferred(ProbeType Type, bool IsNeutral)
{
    public static Inferred Unknown => new(UnknownType.Instance, false);

    /// <summary>What keeping a value tells.</summary>
    public static Inferred Of(Expression value) => new(Kept(value.Type), IsNeutralNumber(value));

    /// <summary>A number written down has no sign of its own, unless it is negative or too large for the signed.</summary>
    public static bool IsNeutralNumber(Expression value) => value is IntegerLiteral { Value: >= 0, Integer: { IsSigned: true, Width: 8 } };

    /// <summary>The type that has room for both; null when they are different things.</summary>
    public static Inferred? Merge(Inferred left, Inferred right) => (left.Type, right.Type) switch
    {
        (UnknownType, _) => right,
        (_, UnknownType) => left,
        (IntegerType, IntegerType) when left.IsNeutral => right,
        (IntegerType, IntegerType) when right.IsNeutral => left,
        (IntegerType one, IntegerType other) => new(Merge(one, other), false),
        (PointerType one, PointerType other) => Merge(one, other) is { } pointer ? new(pointer, false) : null,
        (PointerType, IntegerType) => left,
        (IntegerType, PointerType) => right,
        (StringType one, StringType other) => new(one.Capacity >= other.Capacity ? one : other, false),
        (BufferType one, BufferType other) => new(one.Capacity >= other.Capacity ? one : other, false),
        (TupleType one, TupleType other) when one.Items.Count == other.Items.Count => Merge(one, other),
        _ => left.Type == right.Type ? left : null,
    };

    private static IntegerType Merge(IntegerType one, IntegerType other)
    {
        if (one == other)
        {
            return one;
        }

        IntegerType wider = one.IsSigned == other.IsSigned ? new(Math.Max(one.Width, other.Width), one.IsSigned) : IntegerType.Int64;
        return Equals(one.Enumeration, other.Enumeration) ? wider with { Enumeration = one.Enumeration } : wider;
    }

    /// <summary>What is pointed to is the first's: only who follows the pointer cares.</summary>
    private static PointerType? Merge(PointerType one, PointerType other) =>
        (one.Space == AddressSpace.User) == (other.Space == AddressSpace.User) ? one : null;

    private static Inferred? Merge(TupleType one, TupleType other)
    {
        ProbeType[] items = new ProbeType[one.Items.Count];
        for (int i = 0; i < items.Length; i++)
        {
            if (Merge(new(one.Items[i], false), new Inferred(other.Items[i], false)) is not { } item)
            {
                return null;
            }

            items[i] = item.Type;
        }

        TupleType merged = new(items);
        return new(merged == one ? one : merged, false);
    }

    /// <summary>A value's type when it is kept: the verifier forgets what a pointer points to.</summary>
    private static ProbeType Kept(ProbeType type) => type switch
    {
        PointerType { Space: AddressSpace.Btf or AddressSpace.Context } pointer => pointer with { Space = AddressSpace.Kernel },
        TupleType tuple => new TupleType([.. tuple.Items.Select(Kept)]),
        _ => type,
    };
}
