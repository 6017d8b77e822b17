using System.Text;
using Sonde.Bpf.Code;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Links;
using Sonde.Bpf.Mappings;

namespace Sonde.Tracing.Capture;

/// <summary>An executable that Go has built: where in it the functions of <c>crypto/tls</c> begin and return.</summary>
internal static class GoProgram
{
    private const int MostCode = 64 << 10;

    // debug/buildinfo: magic, size of a pointer, flags, and from byte 32 on, since 1.18, the version as a string.
    private const int FlagsOffset = 15, VersionIsInline = 2, VersionOffset = 32;

    /// <summary>Whether the file is one whose functions take their arguments in registers: Go 1.18 and newer.</summary>
    public static bool Is(ElfFile elf) =>
        elf.TryFind(".go.buildinfo", out ElfSection section) && elf.Read(section, VersionOffset + 8) is { Length: > VersionOffset + 3 } info
            && info.AsSpan(1).StartsWith(" Go buildinf:"u8) && (info[FlagsOffset] & VersionIsInline) != 0
            && Encoding.ASCII.GetString(info, VersionOffset + 1, 2) == "go";

    /// <summary>The places of the functions that are there and of which every instruction is known.</summary>
    public static IEnumerable<(string Program, bool IsReturn, UprobePlace Place)> Find(MappedFile file, ElfFile elf, ElfSymbols symbols)
    {
        foreach (TlsFunction function in TlsFunctions.OfGo)
        {
            if (!symbols.TryFind(function.Symbol, out ElfSymbol symbol) || symbol.Size is 0 or > MostCode || !elf.TryGetOffset(symbol.Address, out long offset))
            {
                continue;
            }

            byte[] code = new byte[symbol.Size];
            if (RandomAccess.Read(file.Handle, code, offset) < code.Length || FunctionReturns.Find(elf.Machine, code) is not { Count: > 0 } returns)
            {
                continue;
            }

            yield return (function.Entry, false, new(offset));
            foreach (int place in returns)
            {
                yield return (TlsFunctions.GoReturn, false, new(offset + place));
            }
        }
    }
}
