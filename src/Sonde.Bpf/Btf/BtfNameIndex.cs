namespace Sonde.Bpf.Btf;

/// <summary>
/// Types by name: a hash table with chains in two arrays, 8 bytes a type. It hashes where a name stands, not its text, since no text
/// stands twice; a look-up first searches the strings for it, which the processor does at several bytes a cycle.
/// </summary>
internal sealed class BtfNameIndex
{
    private readonly BtfTypes _types;
    private readonly uint[] _first;
    private readonly uint[] _next;

    internal BtfNameIndex(BtfTypes types)
    {
        _types = types;
        _first = new uint[types.Count];
        _next = new uint[types.Count];
        // Backwards, so that a chain starts with the lowest id.
        for (uint id = (uint)types.Count - 1; id > 0; id--)
        {
            ref uint first = ref _first[Bucket(types[id].NameOffset)];
            _next[id] = first;
            first = id;
        }
    }

    internal bool TryFind(ReadOnlySpan<byte> name, BtfKind kind, out BtfType type)
    {
        foreach (uint offset in _types.OffsetsOf(name))
        {
            for (uint id = _first[Bucket(offset)]; id != 0; id = _next[id])
            {
                type = _types[id];
                if (type.Kind == kind && type.NameOffset == offset)
                {
                    return true;
                }
            }
        }

        type = default;
        return false;
    }

    private int Bucket(uint offset) => (int)(offset * 0x9E3779B1u % (uint)_first.Length);
}
