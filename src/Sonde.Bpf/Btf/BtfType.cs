using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Bpf.Btf;

/// <summary>
/// One type, a view into its <see cref="BtfTypes"/>. The layout is that of <c>struct btf_type</c> (linux/btf.h): name, info, size or
/// type, each 32 bits, and then what the kind adds. A property that the kind does not have answers zero or nothing.
/// </summary>
public readonly struct BtfType
{
    internal const int HeaderSize = 12;
    private readonly BtfTypes _owner;

    internal BtfType(BtfTypes owner, uint id)
    {
        _owner = owner;
        Id = id;
    }

    /// <summary>The type's number; 0 is <c>void</c>.</summary>
    public uint Id { get; }

    public BtfKind Kind => (BtfKind)(Info >> 24 & 0x1f);

    public string Name => Encoding.UTF8.GetString(NameBytes);

    public ReadOnlySpan<byte> NameBytes => Id == 0 ? "void"u8 : _owner.StringAt(Word(0));

    /// <summary>Members, enumerators, parameters or variables: how many there are.</summary>
    public int Count => (int)(Info & 0xffff);

    /// <summary>Bytes that a value takes: through typedefs and qualifiers, pointers 8, arrays their elements' sum, functions and void 0.</summary>
    public uint Size
    {
        get
        {
            BtfType type = Resolved;
            return type.Kind switch
            {
                BtfKind.Int or BtfKind.Float or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.DataSection => type.Word(2),
                BtfKind.Pointer => 8,
                BtfKind.Array => type.Target.Size * type.ArrayLength,
                BtfKind.Variable => type.Target.Size,
                _ => 0,
            };
        }
    }

    /// <summary>What is pointed to, qualified, named, returned, stored in the variable, or the element of the array.</summary>
    public BtfType Target => Kind switch
    {
        BtfKind.Array => _owner[Word(3)],
        BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.Function
            or BtfKind.FunctionPrototype or BtfKind.Variable or BtfKind.DeclarationTag or BtfKind.TypeTag => _owner[Word(2)],
        _ => _owner[0],
    };

    /// <summary>The type without its typedefs, qualifiers and tags.</summary>
    public BtfType Resolved
    {
        get
        {
            BtfType type = this;
            while (type.Kind is BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag)
            {
                type = type.Target;
            }

            return type;
        }
    }

    /// <summary>The number of elements of an array.</summary>
    public uint ArrayLength => Kind == BtfKind.Array ? Word(5) : 0;

    /// <summary>True for signed integers and enumerations.</summary>
    public bool IsSigned => Kind == BtfKind.Int ? (Word(3) >> 24 & 1) != 0 : HasFlag;

    /// <summary>True for <c>char</c>, by its name: compilers do not set the encoding that BTF has for it.</summary>
    public bool IsCharacter => Kind == BtfKind.Int && NameBytes.SequenceEqual("char"u8);

    internal uint NameOffset => Word(0);

    private bool HasFlag => Info >> 31 != 0;

    private uint Info => Id == 0 ? 0 : Word(1);

    /// <summary>The member of a structure or union at an index.</summary>
    public BtfMember Member(int index)
    {
        uint offset = Word(5 + 3 * index);
        return HasFlag
            ? new(_owner, Word(3 + 3 * index), Word(4 + 3 * index), offset & 0xffffff, offset >> 24)
            : new(_owner, Word(3 + 3 * index), Word(4 + 3 * index), offset, 0);
    }

    /// <summary>Finds a member by name, also inside anonymous structures and unions; the offset counts from this type's start.</summary>
    public bool TryFindMember(ReadOnlySpan<byte> name, out BtfMember member)
    {
        if (Kind is BtfKind.Struct or BtfKind.Union)
        {
            for (int i = 0; i < Count; i++)
            {
                member = Member(i);
                if (member.NameBytes.SequenceEqual(name))
                {
                    return true;
                }

                if (member.NameBytes.IsEmpty && member.Type.Resolved.TryFindMember(name, out BtfMember inner))
                {
                    member = inner.Moved(member.BitOffset);
                    return true;
                }
            }
        }

        member = default;
        return false;
    }

    /// <summary>The enumerator at an index; the value is sign-extended.</summary>
    public (string Name, long Value) Enumerator(int index)
    {
        if (Kind == BtfKind.Enum64)
        {
            return (StringOf(Word(3 + 3 * index)), (long)((ulong)Word(5 + 3 * index) << 32 | Word(4 + 3 * index)));
        }

        uint value = Word(4 + 2 * index);
        return (StringOf(Word(3 + 2 * index)), IsSigned ? (int)value : value);
    }

    /// <summary>Finds an enumerator by where its name stands among the strings.</summary>
    internal bool TryFindEnumerator(uint nameOffset, out long value)
    {
        int words = Kind == BtfKind.Enum64 ? 3 : 2;
        for (int i = 0; i < Count; i++)
        {
            if (Word(3 + words * i) == nameOffset)
            {
                value = Enumerator(i).Value;
                return true;
            }
        }

        value = 0;
        return false;
    }

    /// <summary>The parameter of a function prototype; a variadic one ends with an unnamed <c>void</c>.</summary>
    public (string Name, BtfType Type) Parameter(int index) => (StringOf(Word(3 + 2 * index)), _owner[Word(4 + 2 * index)]);

    /// <summary>The variable of a data section, with its place there in bytes.</summary>
    public (BtfType Variable, uint Offset, uint Size) SectionVariable(int index) =>
        (_owner[Word(3 + 3 * index)], Word(4 + 3 * index), Word(5 + 3 * index));

    /// <summary>True for a variable that other files see: only those have an offset that libbpf has filled in.</summary>
    public bool IsGlobalVariable => Kind == BtfKind.Variable && Word(3) != 0;

    public override string ToString() => $"{Kind} {Name}";

    /// <summary>The bytes that follow the header, by kind (linux/btf.h).</summary>
    internal static int TrailerSize(uint info) => (BtfKind)(info >> 24 & 0x1f) switch
    {
        BtfKind.Int or BtfKind.Variable or BtfKind.DeclarationTag => 4,
        BtfKind.Array => 12,
        BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => 12 * (int)(info & 0xffff),
        BtfKind.Enum or BtfKind.FunctionPrototype => 8 * (int)(info & 0xffff),
        _ => 0,
    };

    private uint Word(int index) => MemoryMarshal.Read<uint>(_owner.TypeBytes(Id)[(4 * index)..]);

    private string StringOf(uint offset) => Encoding.UTF8.GetString(_owner.StringAt(offset));
}
