using System.Buffers.Binary;
using System.Text;

namespace Sonde.Bpf.Elf;

/// <param name="Name">As the file has it; C++ and Rust names are not demangled.</param>
/// <param name="Address">The file's own address.</param>
/// <param name="Size">In bytes; 0 when the file does not say.</param>
/// <param name="IsFunction">False for variables.</param>
public readonly record struct ElfSymbol(string Name, ulong Address, ulong Size, bool IsFunction);

/// <summary>
/// The functions and variables that an ELF file defines, of <c>.symtab</c> and <c>.dynsym</c>. The tables are kept as they stand in the
/// file; names become strings when they are asked for.
/// </summary>
public sealed class ElfSymbols
{
    private const int EntrySize = 24;
    private const uint SymbolTable = 2, DynamicSymbols = 11; // SHT_SYMTAB, SHT_DYNSYM
    private const int ObjectType = 1, FunctionType = 2, IndirectFunctionType = 10; // STT_OBJECT, STT_FUNC, STT_GNU_IFUNC
    private const int MaxTableBytes = 96 * 1024 * 1024, MaxNameBytes = 256 * 1024 * 1024;

    private readonly List<Table> _tables = [];
    private readonly List<Entry> _entries = [];
    private bool _isSorted;

    private ElfSymbols(ElfFile file, bool isExportedOnly)
    {
        foreach (ElfSection section in file.Sections)
        {
            if ((section.Type == DynamicSymbols || (section.Type == SymbolTable && !isExportedOnly)) && file.SectionAt(section.Link) is { } names)
            {
                Add(new(file.Read(section, MaxTableBytes), file.Read(names, MaxNameBytes)));
            }
        }
    }

    /// <summary>Reads both tables; a stripped executable has none or few.</summary>
    public static ElfSymbols Of(ElfFile file) => new(file, isExportedOnly: false);

    /// <summary>Reads only what the file shows to others, which stripping leaves (<c>.dynsym</c>).</summary>
    public static ElfSymbols Exported(ElfFile file) => new(file, isExportedOnly: true);

    /// <summary>All symbols, in no order; what stands in both tables comes once or twice.</summary>
    public IEnumerable<ElfSymbol> All => _entries.Select(SymbolOf);

    public int Count => _entries.Count;

    /// <summary>Finds a symbol by its name.</summary>
    public bool TryFind(string name, out ElfSymbol symbol)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        foreach (Entry entry in _entries)
        {
            if (NameOf(entry).SequenceEqual(wanted))
            {
                symbol = SymbolOf(entry);
                return true;
            }
        }

        symbol = default;
        return false;
    }

    /// <summary>Finds the function that an address lies in; one without a size goes on to the next.</summary>
    public bool TryFindFunction(ulong address, out ElfSymbol symbol)
    {
        Sort();
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _entries[middle].Address <= address ? (middle + 1, high) : (low, middle);
        }

        for (int index = low - 1; index >= 0 && index >= low - 8; index--)
        {
            Entry entry = _entries[index];
            if (entry.IsFunction && (entry.Size == 0 || address - entry.Address < entry.Size))
            {
                symbol = SymbolOf(entry);
                return true;
            }
        }

        symbol = default;
        return false;
    }

    private void Add(Table table)
    {
        int index = _tables.Count;
        _tables.Add(table);
        for (int at = 0; at + EntrySize <= table.Symbols.Length; at += EntrySize)
        {
            // struct Elf64_Sym: name, info, other, section, value, size
            ReadOnlySpan<byte> entry = table.Symbols.AsSpan(at, EntrySize);
            int type = entry[4] & 0xf;
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            if (type is ObjectType or FunctionType or IndirectFunctionType
                && BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]) != 0
                && name < (uint)table.Names.Length
                && table.Names[name] != 0)
            {
                _entries.Add(new(index, name, BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]), type != ObjectType));
            }
        }
    }

    private void Sort()
    {
        if (!_isSorted)
        {
            // Of several at one address a function with a size comes last: the search starts there.
            _entries.Sort(static (one, other) => (one.Address, one.IsFunction, one.Size != 0).CompareTo((other.Address, other.IsFunction, other.Size != 0)));
            _isSorted = true;
        }
    }

    private ElfSymbol SymbolOf(Entry entry) => new(Encoding.UTF8.GetString(NameOf(entry)), entry.Address, entry.Size, entry.IsFunction);

    private ReadOnlySpan<byte> NameOf(Entry entry)
    {
        ReadOnlySpan<byte> rest = _tables[entry.Table].Names.AsSpan((int)entry.Name);
        int end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private sealed record Table(byte[] Symbols, byte[] Names);

    private readonly record struct Entry(int Table, uint Name, ulong Address, ulong Size, bool IsFunction);
}
