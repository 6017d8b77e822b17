using System.Text;

namespace Sonde.Bpf.Symbols;

/// <param name="Name">Without its module.</param>
/// <param name="Address">Where it starts.</param>
/// <param name="Module">The module that it is in; empty for the kernel itself.</param>
/// <param name="IsFunction">True for code.</param>
public readonly record struct KernelSymbol(string Name, ulong Address, string Module, bool IsFunction);

/// <summary>
/// The kernel's symbols, from <c>/proc/kallsyms</c>: some 120,000, which take the kernel 40 ms to tell. Kept in three arrays, some 5 MB;
/// names become strings when they are asked for.
/// </summary>
public sealed class KernelSymbols
{
    public const string Path = "/proc/kallsyms";

    private readonly ulong[] _addresses;
    private readonly uint[] _names; // offset in _text; the highest bit marks a function
    private readonly byte[] _text;

    private KernelSymbols(ulong[] addresses, uint[] names, byte[] text)
    {
        _addresses = addresses;
        _names = names;
        _text = text;
        // The kernel's own come in order; modules and BPF programs may lie before it.
        for (int i = 1; i < addresses.Length; i++)
        {
            if (addresses[i - 1] > addresses[i])
            {
                Array.Sort(addresses, names);
                break;
            }
        }
    }

    public int Count => _addresses.Length;

    /// <summary>True when the kernel tells this process no addresses (<c>kernel.kptr_restrict</c>).</summary>
    public bool AreAddressesHidden => _addresses.Length == 0 || _addresses[^1] == 0;

    public IEnumerable<KernelSymbol> All => Enumerable.Range(0, Count).Select(SymbolAt);

    /// <summary>Reads all symbols.</summary>
    /// <exception cref="IOException">The kernel has no such file.</exception>
    public static KernelSymbols Read(string path = Path)
    {
        List<ulong> addresses = new(1 << 17);
        List<uint> names = new(1 << 17);
        List<byte> text = new(3 << 20);
        foreach (KernelSymbolLine line in KernelSymbolLine.ReadAll(path))
        {
            addresses.Add(line.Address);
            names.Add((uint)text.Count | (line.IsFunction ? 1u << 31 : 0));
            text.AddRange(line.Rest);
            text.Add((byte)'\n');
        }

        return new([.. addresses], [.. names], [.. text]);
    }

    /// <summary>Finds one symbol's address without keeping the others: functions and variables.</summary>
    /// <returns>Null when there is none, or when the kernel hides addresses.</returns>
    public static ulong? FindAddress(string name, string path = Path)
    {
        byte[] wanted = Encoding.ASCII.GetBytes(name);
        foreach (KernelSymbolLine line in KernelSymbolLine.ReadAll(path))
        {
            if (line.Name.SequenceEqual(wanted))
            {
                return line.Address == 0 ? null : line.Address;
            }
        }

        return null;
    }

    /// <summary>The names of the functions that a test on their bytes selects, without keeping the others.</summary>
    public static IReadOnlyList<string> FunctionsWhere(Func<ReadOnlySpan<byte>, bool> selects, string path = Path)
    {
        List<string> names = [];
        foreach (KernelSymbolLine line in KernelSymbolLine.ReadAll(path))
        {
            if (line.IsFunction && selects(line.Name))
            {
                names.Add(Encoding.ASCII.GetString(line.Name));
            }
        }

        return names;
    }

    /// <summary>Finds the last symbol at or before an address: the function that it lies in.</summary>
    public bool TryFind(ulong address, out KernelSymbol symbol)
    {
        int index = Array.BinarySearch(_addresses, address);
        index = index < 0 ? ~index - 1 : index;
        if (index < 0 || _addresses[index] == 0)
        {
            symbol = default;
            return false;
        }

        // Several names may stand for one address: the first of them is told.
        while (index > 0 && _addresses[index - 1] == _addresses[index])
        {
            index--;
        }

        symbol = SymbolAt(index);
        return true;
    }

    private KernelSymbol SymbolAt(int index)
    {
        ReadOnlySpan<byte> rest = _text.AsSpan((int)(_names[index] & int.MaxValue));
        KernelSymbolLine line = new(_addresses[index], _names[index] >> 31 != 0, rest[..rest.IndexOf((byte)'\n')]);
        return new(Encoding.ASCII.GetString(line.Name), line.Address, Encoding.ASCII.GetString(line.Module), line.IsFunction);
    }
}
