namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>The fields of one header block that Sonde reads, their values copied; the first of each name.</summary>
internal sealed class FieldSet
{
    /// <summary>What is longer is cut, as attributes are.</summary>
    private const int MaxValueLength = 4096;

    private readonly (int Offset, int Length)[] _places = new (int Offset, int Length)[FieldNames.Count];
    private byte[] _values = [];
    private int _length;
    private uint _names;

    /// <summary>How many fields stood in a part of the dynamic table that was never seen: any of those that are missing may be among them.</summary>
    public int UnknownCount { get; private set; }

    /// <summary>Whether the end of the block was not captured.</summary>
    public bool IsCut { get; set; }

    /// <summary>Whether what is not here may have been said.</summary>
    public bool IsPartial => IsCut || UnknownCount > 0;

    /// <summary>A field's value; empty when it is not here.</summary>
    public ReadOnlySpan<byte> this[FieldName name]
    {
        get
        {
            (int offset, int length) = _places[(int)name];
            return Has(name) ? _values.AsSpan(offset, length) : default;
        }
    }

    public bool Has(FieldName name) => (_names & (1u << (int)name)) != 0;

    public void Clear()
    {
        _names = 0;
        _length = 0;
        UnknownCount = 0;
        IsCut = false;
    }

    public void Add(FieldName name, ReadOnlySpan<byte> value)
    {
        if (name == FieldName.Unknown)
        {
            UnknownCount++;
        }
        else if (name != FieldName.Other && !Has(name))
        {
            Append(name, value[..Math.Min(value.Length, MaxValueLength)]);
        }
        else if (name == FieldName.TraceParent)
        {
            // W3C Trace Context says to ignore all when there are several.
            _places[(int)name].Length = 0;
        }
    }

    /// <summary>Makes this equal to another set.</summary>
    public void CopyFrom(FieldSet other)
    {
        Clear();
        Reserve(other._length);
        other._values.AsSpan(0, other._length).CopyTo(_values);
        other._places.CopyTo(_places, 0);
        (_length, _names, UnknownCount, IsCut) = (other._length, other._names, other.UnknownCount, other.IsCut);
    }

    private void Append(FieldName name, ReadOnlySpan<byte> value)
    {
        Reserve(_length + value.Length);
        value.CopyTo(_values.AsSpan(_length));
        _places[(int)name] = (_length, value.Length);
        _length += value.Length;
        _names |= 1u << (int)name;
    }

    private void Reserve(int length)
    {
        if (length > _values.Length)
        {
            Array.Resize(ref _values, Math.Max(length, Math.Max(256, _values.Length * 2)));
        }
    }
}
