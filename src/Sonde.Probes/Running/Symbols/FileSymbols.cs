using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Output;

namespace Sonde.Probes.Running.Symbols;

/// <summary>The symbol tables of executables and libraries, those used last; each is read once, whichever process has it mapped.</summary>
internal sealed class FileSymbols
{
    private const int MostFiles = 64;

    private readonly Dictionary<(ulong Device, ulong Inode), Entry> _files = [];
    private long _turn;

    /// <summary>The function at an offset in a file.</summary>
    internal Symbol? Find(in MappedCode code, ulong offset)
    {
        if (!_files.TryGetValue(code.File, out Entry? entry))
        {
            if (_files.Count == MostFiles)
            {
                _files.Remove(_files.MinBy(each => each.Value.Turn).Key);
            }

            entry = Read(code);
            _files.Add(code.File, entry);
        }

        entry.Turn = ++_turn;
        return entry.Elf is { } elf && elf.TryGetAddress((long)offset, out ulong address) && entry.Symbols!.TryFindFunction(address, out ElfSymbol symbol)
            ? new(symbol.Name, address - symbol.Address, code.Path)
            : null;
    }

    private static Entry Read(in MappedCode code)
    {
        using SafeFileHandle? file = code.Open();
        if (file is null)
        {
            return new(null, null);
        }

        ElfFile elf = new(file);
        return new(elf, ElfSymbols.Of(elf));
    }

    /// <summary>The file is closed again: of <paramref name="elf"/> only what was read is used.</summary>
    private sealed class Entry(ElfFile? elf, ElfSymbols? symbols)
    {
        internal ElfFile? Elf => elf;

        internal ElfSymbols? Symbols => symbols;

        internal long Turn { get; set; }
    }
}
