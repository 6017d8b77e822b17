using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>A structure or union that a program defines, laid out as C does on 64-bit machines (System V ABI).</summary>
internal sealed record ScriptStructure(StructureSyntax Syntax) : TargetStructure(Syntax.Name)
{
    private readonly List<TargetMember> _members = [];
    private bool _isOpen;
    private int _size = -1;

    public override int Size => _size < 0
        ? throw new ProbeException($"'{Name}' is not complete here: define it before it is contained in something.", Syntax.Span)
        : _size;

    public override IReadOnlyList<TargetMember> Members => _members;

    private int Alignment { get; set; } = 1;

    public bool Equals(ScriptStructure? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Syntax.Span.GetHashCode();

    public override bool TryFind(string name, out TargetMember member)
    {
        foreach (TargetMember candidate in _members)
        {
            member = candidate;
            if (candidate.Name == name)
            {
                return true;
            }

            if (candidate.Name.Length == 0 && candidate.Type is TargetStructure inner && inner.TryFind(name, out TargetMember found))
            {
                member = found with { BitOffset = candidate.BitOffset + found.BitOffset };
                return true;
            }
        }

        member = default;
        return false;
    }

    /// <summary>Gives each member its place.</summary>
    /// <exception cref="ProbeException">A member's type is unknown, or contains the structure itself.</exception>
    public void Lay(ScriptTypes types)
    {
        if (_size >= 0)
        {
            return;
        }

        if (_isOpen)
        {
            throw new ProbeException($"'{Name}' contains itself.", Syntax.Span);
        }

        _isOpen = true;
        long bits = 0, end = 0;
        foreach (StructureMemberSyntax syntax in Syntax.Members)
        {
            TargetType type = TypeOf(syntax, types);
            int alignment = Syntax.IsPacked ? 1 : AlignmentOf(type);
            long start = Syntax.IsUnion ? 0 : bits;
            if (syntax.Bits is int width)
            {
                if (width > type.Size * 8)
                {
                    throw new ProbeException("The bit field is wider than its type.", syntax.Span);
                }

                // A bit field does not cross a boundary of its type.
                long unit = type.Size * 8L;
                start = !Syntax.IsPacked && start / unit != (start + width - 1) / unit ? RoundUp(start, unit) : start;
                _members.Add(new(syntax.Name, type, (int)start, width));
                bits = start + width;
            }
            else
            {
                start = RoundUp(start, alignment * 8L);
                _members.Add(new(syntax.Name, type, (int)start, 0));
                bits = start + type.Size * 8L;
            }

            end = Math.Max(end, bits);
            Alignment = Math.Max(Alignment, alignment);
            if (end > 8 << 20)
            {
                throw new ProbeException("The structure is too large.", syntax.Span);
            }
        }

        _size = (int)(RoundUp(end, Alignment * 8L) / 8);
    }

    private static TargetType TypeOf(StructureMemberSyntax syntax, ScriptTypes types)
    {
        if (syntax.Structure is null)
        {
            TargetType named = types.Resolve(syntax.Type);
            for (TargetType inner = named; inner is TargetArray or ScriptStructure; inner = ((TargetArray)inner).Element)
            {
                if (inner is ScriptStructure structure)
                {
                    structure.Lay(types);
                    break;
                }
            }

            return named;
        }

        ScriptStructure anonymous = new(syntax.Structure);
        anonymous.Lay(types);
        TargetType type = anonymous;
        for (int i = 0; i < syntax.Type.Pointers; i++)
        {
            TargetType pointed = type;
            type = new TargetPointer(() => pointed);
        }

        return syntax.Type.Lengths.Reverse().Aggregate(type, (element, length) => new TargetArray(element, length));
    }

    private static int AlignmentOf(TargetType type) => type switch
    {
        TargetArray array => AlignmentOf(array.Element),
        ScriptStructure structure => structure.Alignment,
        TargetStructure structure => structure.Members.Select(member => AlignmentOf(member.Type)).DefaultIfEmpty(1).Max(),
        _ => Math.Clamp(type.Size, 1, 8),
    };

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;
}
