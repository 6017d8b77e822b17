using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Links;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>Where in a file a uprobe's function begins.</summary>
internal static class UprobePlaces
{
    /// <summary>The place of each target; null for those whose function the file does not have.</summary>
    internal static UprobePlace?[] Find(SafeFileHandle file, IReadOnlyList<UprobeTarget> targets)
    {
        ElfFile elf = new(file);
        ElfSymbols? symbols = null;
        UprobePlace?[] places = new UprobePlace?[targets.Count];
        for (int i = 0; i < places.Length; i++)
        {
            UprobeTarget target = targets[i];
            if (target.Symbol is null)
            {
                places[i] = new(target.Offset);
            }
            else if ((symbols ??= ElfSymbols.Of(elf)).TryFind(target.Symbol, out ElfSymbol symbol) && elf.TryGetOffset(symbol.Address, out long offset))
            {
                places[i] = new(offset + target.Offset);
            }
        }

        return places;
    }
}
