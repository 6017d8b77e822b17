namespace Sonde.Bpf.Btf;

/// <summary>The last check that both sides of a shared record mean the same: the object's sizes against the C# mirrors'.</summary>
public static class AbiLayout
{
    /// <param name="types">The object's types.</param>
    /// <param name="mirrors">The structures by their names in C, and the sizes that the mirrors were generated with.</param>
    /// <exception cref="InvalidDataException">One differs or is missing.</exception>
    public static void Verify(BtfTypes types, ReadOnlySpan<(string Name, int Size)> mirrors)
    {
        foreach ((string name, int size) in mirrors)
        {
            if (!types.TryFind(name, BtfKind.Struct, out BtfType type))
            {
                throw new InvalidDataException($"The BPF object has no struct {name}: it was built from other sources than this executable, build both again.");
            }

            if (type.Size != size)
            {
                throw new InvalidDataException($"struct {name} has {type.Size} bytes in the BPF object and {size} here: they were built from different sources, build both again.");
            }
        }
    }
}
