using Sonde.Probes.Model;

namespace Sonde.Probes.Binding;

/// <summary>Members, elements and what pointers point to, as loads at offsets.</summary>
internal sealed class Memory(ClauseScope scope)
{
    /// <summary>The program's context, where the kernel put the event.</summary>
    public static Builtin Context(SourceSpan span) => new(BuiltinValue.Context, IntegerType.UInt64, span);

    /// <summary>What lies at an address: a load, or a place when it is a structure or an array.</summary>
    /// <param name="address">A scalar.</param>
    /// <param name="space">How it is read.</param>
    /// <param name="offset">Bytes added to the address.</param>
    /// <param name="type">What lies there.</param>
    /// <param name="span">The text that asks for it.</param>
    /// <param name="pointed">How a pointer that lies there is followed; null for the same way.</param>
    /// <exception cref="ProbeException">Nothing lies there: <c>void</c>, or what is only declared.</exception>
    public static Expression At(Expression address, AddressSpace space, long offset, TargetType type, SourceSpan span, AddressSpace? pointed = null)
    {
        int within = offset is >= -(1 << 24) and <= 1 << 24 ? (int)offset : throw new ProbeException("That is too far from the address.", span);
        if (address is AddressOf at)
        {
            (address, within) = (at.Address, at.Offset + within);
        }

        switch (type)
        {
            case TargetInteger integer:
                return new Load(address, space, within, integer.Width, 0, 0, new IntegerType(integer.Width, integer.IsSigned) { Enumeration = integer.Enumeration }, span);
            case TargetPointer pointer:
                TargetType target = pointer.Target();
                return new Load(address, space, within, 8, 0, 0, new PointerType(target, SpaceBehind(pointed ?? space, target)), span);
            case TargetStructure or TargetArray:
                return new AddressOf(address, within, new PlaceType(type, space), span);
            default:
                throw new ProbeException("Nothing is known of what is there: cast the pointer to another type.", span);
        }
    }

    /// <summary><c>a.name</c> and <c>a->name</c>.</summary>
    public static Expression Member(Expression operand, string name, SourceSpan nameSpan, SourceSpan span)
    {
        (TargetType? target, AddressSpace space) = operand.Type switch
        {
            PlaceType place => (place.Target, place.Space),
            PointerType pointer => (pointer.Target, pointer.Space),
            _ => (null, default),
        };
        if (target is not TargetStructure structure)
        {
            string advice = operand.Type is IntegerType ? "cast it first, like ((struct sock *)arg0)->member" : "only structures have";
            throw new ProbeException($"{TypeText.Of(operand.Type)} has no members: {advice}.", operand.Span);
        }

        if (!structure.TryFind(name, out TargetMember member))
        {
            throw new ProbeException($"{TypeText.Of(structure)} has no member '{name}'.{Nearest.Question(name, Names(structure))}", nameSpan);
        }

        return member.BitFieldSize > 0
            ? BitField(operand, space, member, span)
            : At(operand, space, member.Offset, member.Type, span);
    }

    /// <summary><c>args.name</c>.</summary>
    public Expression Argument(string name, SourceSpan nameSpan, SourceSpan span)
    {
        TargetStructure arguments = scope.Event.Arguments
            ?? throw new ProbeException("There are no args here: attach points that know their arguments' names have them, the others have arg0, arg1, …", span);
        if (!arguments.TryFind(name, out TargetMember member))
        {
            string[] names = [.. Names(arguments)];
            string has = names.Length == 0 ? "is empty here" : $"has no member '{name}', but {string.Join(", ", names)}";
            throw new ProbeException($"args {has}.{Nearest.Question(name, names)}", nameSpan);
        }

        if (member.IsDataLocation)
        {
            return DataLocation(member, span);
        }

        AddressSpace space = scope.Event.MemberSpace(member);
        AddressSpace pointed = scope.Event.IsUserPointer(member) ? AddressSpace.User
            : space == AddressSpace.Context ? scope.Event.PointerSpace : AddressSpace.Kernel;
        return member.BitFieldSize > 0
            ? BitField(Context(span), space, member, span)
            : At(Context(span), space, member.Offset, member.Type, span, pointed);
    }

    /// <summary><c>*p</c>. Of a number: the 8 bytes at that address.</summary>
    public Expression Dereference(Expression operand, SourceSpan span) => operand.Type switch
    {
        PointerType { Target: TargetVoid } pointer => At(operand, pointer.Space, 0, new TargetInteger(8, false), span),
        PointerType pointer => At(operand, pointer.Space, 0, pointer.Target, span),
        PlaceType { Target: TargetArray array } place => At(operand, place.Space, 0, array.Element, span),
        IntegerType => At(operand, scope.DefaultSpace, 0, new TargetInteger(8, false), span),
        _ => throw new ProbeException($"{TypeText.Of(operand.Type)} is not an address.", operand.Span),
    };

    /// <summary><c>a[index]</c>.</summary>
    public static Expression Element(Expression operand, Expression index, SourceSpan span)
    {
        (TargetType element, AddressSpace space) = operand.Type switch
        {
            PlaceType { Target: TargetArray array } place => (array.Element, place.Space),
            PointerType pointer => (pointer.Target, pointer.Space),
            _ => throw new ProbeException($"{TypeText.Of(operand.Type)} has no elements.", operand.Span),
        };
        int size = element.Size > 0 ? element.Size : throw new ProbeException($"Elements of {TypeText.Of(operand.Type)} have no size: cast the pointer to another type.", operand.Span);
        if (index is IntegerLiteral literal)
        {
            return operand.Type is PlaceType { Target: TargetArray { Length: > 0 } array } && (ulong)literal.Value >= (ulong)array.Length
                ? throw new ProbeException($"The array has {array.Length} elements: the last is [{array.Length - 1}].", index.Span)
                : Math.Abs(literal.Value) <= 1 << 24 ? At(operand, space, literal.Value * size, element, span)
                : throw new ProbeException("That is too far from the address.", index.Span);
        }

        Expression start = operand is AddressOf { Type: PlaceType } place2 ? place2 with { Type = IntegerType.UInt64 } : operand;
        Expression distance = new Binary(BinaryOperator.Multiply, index, new IntegerLiteral(size, IntegerType.Int64, index.Span), true, IntegerType.Int64, index.Span);
        Expression address = new Binary(BinaryOperator.Add, start, distance, false, IntegerType.UInt64, span);
        return At(address, Plain(space), 0, element, span);
    }

    /// <summary>A pointer and a distance: in elements, as C counts.</summary>
    public static Expression Moved(Expression pointer, PointerType type, Expression distance, BinaryOperator sign, SourceSpan span)
    {
        int size = Math.Max(1, type.Target.Size);
        Expression bytes = distance is IntegerLiteral literal
            ? literal with { Value = unchecked(literal.Value * size) }
            : new Binary(BinaryOperator.Multiply, distance, new IntegerLiteral(size, IntegerType.Int64, span), true, IntegerType.Int64, span);
        return new Binary(sign, pointer, bytes, false, type with { Space = Plain(type.Space) }, span);
    }

    /// <summary><c>&amp;place</c>, and a place where an address is wanted.</summary>
    /// <exception cref="ProbeException">It lies nowhere.</exception>
    public static Expression AddressOf(Expression operand, SourceSpan span) => operand switch
    {
        AddressOf { Type: PlaceType place } at => at with { Type = new PointerType(place.Target, Plain(place.Space)), Span = span },
        Load { BitCount: 0 } load => new AddressOf(load.Address, load.Offset, new PointerType(TargetOf(load.Type), Plain(load.Space)), span),
        _ => throw new ProbeException("This is a value and has no address.", operand.Span),
    };

    /// <summary>Where something is, for functions that read it themselves.</summary>
    /// <param name="operand">A place, a pointer, a number, or a string that was read from somewhere.</param>
    /// <exception cref="ProbeException">It is none of these.</exception>
    public (Expression Address, AddressSpace Space, TargetType? Target) Locate(Expression operand) => operand switch
    {
        { Type: PlaceType place } => (AddressOf(operand, operand.Span), Plain(place.Space), place.Target),
        { Type: PointerType pointer } => (operand, Plain(pointer.Space), pointer.Target),
        { Type: IntegerType } => (operand, scope.DefaultSpace, null),
        ReadString read => (read.Address, Plain(read.Space), null),
        _ => throw new ProbeException($"Expected an address, not {TypeText.Of(operand.Type)}.", operand.Span),
    };

    /// <summary>A place as a value: an array of characters is a string.</summary>
    /// <exception cref="ProbeException">It cannot be a value.</exception>
    public Expression Value(Expression operand) => operand switch
    {
        { Type: PlaceType { Target: TargetArray { Element: TargetInteger { IsCharacter: true } } array } place } =>
            String(AddressOf(operand, operand.Span), place.Space, array.Length, operand.Span),
        { Type: PlaceType { Target: TargetArray } } => throw new ProbeException("An array is not a value: take an element, or its bytes with buf().", operand.Span),
        { Type: PlaceType place } => throw new ProbeException($"{TypeText.Of(place)} is not a value: take a member, or its address with &.", operand.Span),
        { Type: VoidType } => throw new ProbeException(operand is NoValue none ? $"{none.Function}() has no value." : "This has no value.", operand.Span),
        _ => operand,
    };

    private ReadString String(Expression address, AddressSpace space, int length, SourceSpan span) =>
        new(address, space, null, new StringType(length > 0 ? Math.Min(length, scope.Program.Limits.ArrayCapacity) : scope.Program.Limits.StringCapacity), span);

    /// <summary>Text, or bytes, whose place in the record is told by 4 bytes there: the offset in the low half, the length in the high one.</summary>
    private Expression DataLocation(TargetMember member, SourceSpan span)
    {
        Expression told = new Load(Context(span), AddressSpace.Context, member.Offset, 4, 0, 0, new IntegerType(4, false), span);
        Expression offset = new Binary(BinaryOperator.BitAnd, told, new IntegerLiteral(0xffff, IntegerType.Int64, span), true, IntegerType.Int64, span);
        Expression address = new Binary(BinaryOperator.Add, Context(span), offset, false, IntegerType.UInt64, span);
        if (member.IsRelative)
        {
            address = new AddressOf(address, member.Offset + 4, IntegerType.UInt64, span);
        }

        TargetType element = member.Type switch
        {
            TargetArray array => array.Element,
            TargetPointer pointer => pointer.Target(),
            TargetType other => other,
        };
        return element is TargetInteger { IsCharacter: true }
            ? String(address, AddressSpace.Kernel, 0, span)
            : new AddressOf(address, 0, new PointerType(element, AddressSpace.Kernel), span);
    }

    private static Load BitField(Expression operand, AddressSpace space, TargetMember member, SourceSpan span)
    {
        TargetInteger integer = (TargetInteger)member.Type;
        int width = integer.Width;
        int unit = width * 8, start = member.BitOffset / unit * unit;
        if (member.BitOffset + member.BitFieldSize > start + unit)
        {
            // Packed: it crosses a boundary of its type.
            (width, start) = (8, member.BitOffset / 8 * 8);
        }

        (Expression address, int offset) = operand is AddressOf at ? (at.Address, at.Offset) : (operand, 0);
        IntegerType type = new(integer.Width, integer.IsSigned) { Enumeration = integer.Enumeration };
        return new(address, space, offset + start / 8, width, member.BitOffset - start, member.BitFieldSize, type, span);
    }

    /// <summary>Names of members, those inside anonymous structures included.</summary>
    private static IEnumerable<string> Names(TargetStructure structure) => structure.Members.SelectMany(member =>
        member.Name.Length > 0 ? [member.Name] : member.Type is TargetStructure inner ? Names(inner) : []);

    private static AddressSpace SpaceBehind(AddressSpace space, TargetType target) =>
        space == AddressSpace.Btf && target is not TargetStructure { BtfId: not 0 } ? AddressSpace.Kernel : Plain(space, keepsBtf: true);

    /// <summary>What remains of a space when the verifier no longer knows the pointer.</summary>
    private static AddressSpace Plain(AddressSpace space, bool keepsBtf = false) => space switch
    {
        AddressSpace.User => AddressSpace.User,
        AddressSpace.Btf when keepsBtf => AddressSpace.Btf,
        _ => AddressSpace.Kernel,
    };

    private static TargetType TargetOf(ProbeType type) => type switch
    {
        IntegerType integer => new TargetInteger(integer.Width, integer.IsSigned),
        PointerType pointer => new TargetPointer(() => pointer.Target),
        _ => TargetVoid.Instance,
    };
}
