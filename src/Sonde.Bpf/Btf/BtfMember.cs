using System.Text;

namespace Sonde.Bpf.Btf;

/// <summary>A member of a structure or union.</summary>
public readonly struct BtfMember
{
    private readonly BtfTypes _owner;
    private readonly uint _name;
    private readonly uint _type;

    internal BtfMember(BtfTypes owner, uint name, uint type, uint bitOffset, uint bitFieldSize)
    {
        _owner = owner;
        _name = name;
        _type = type;
        BitOffset = bitOffset;
        BitFieldSize = bitFieldSize;
    }

    /// <summary>Empty for an anonymous structure or union.</summary>
    public string Name => Encoding.UTF8.GetString(NameBytes);

    public ReadOnlySpan<byte> NameBytes => _owner.StringAt(_name);

    public BtfType Type => _owner[_type];

    public uint BitOffset { get; }

    /// <summary>Bits of a bit field; 0 for an ordinary member.</summary>
    public uint BitFieldSize { get; }

    /// <summary>Bytes from the start; a bit field's first bit may lie within that byte.</summary>
    public uint Offset => BitOffset / 8;

    internal BtfMember Moved(uint bits) => new(_owner, _name, _type, BitOffset + bits, BitFieldSize);
}
