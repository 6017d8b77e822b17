using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary>
/// <c>uprobe:/bin/bash:readline</c>: a function of a file, by its name, its name and an offset, or the address that the file gives it.
/// A library's short name (<c>libc</c>) means every copy on the machine; what is in each is looked up as it is found.
/// </summary>
internal sealed class UprobeProvider(Machine machine, string name, bool isReturn) : AttachProvider(machine, name)
{
    private readonly RegisterContext _context = new(RegisterTable.Native, isReturn ? CodePlace.Return : CodePlace.Entry, IsUser: true);

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        // A language may stand between: names are not demangled, so it says nothing here.
        (string file, string symbol) = pattern.Parts switch
        {
            [{ Length: > 0 } path, { Length: > 0 } named] => (path, named),
            [{ Length: > 0 } path, _, { Length: > 0 } named] => (path, named),
            _ => throw Malformed(pattern, $"{Name}:file:function, as in {Name}:/bin/bash:readline or {Name}:libc:malloc"),
        };

        if (BinaryFiles.IsLibraryName(file))
        {
            return Wildcard.Has(symbol) ? OfLibrary(file, symbol, pattern) : [OfLibrary(file, symbol, pattern.Span)];
        }

        List<AttachPoint> found = [];
        foreach (string path in BinaryFiles.Find(file, pattern.Span))
        {
            found.AddRange(OfFile(path, symbol, pattern.Span));
        }

        return found.Count > 0 ? found : throw new ProbeException($"No function of {file} matches '{symbol}'.", pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments)
    {
        if (parts.Count == 0)
        {
            yield break;
        }

        string wanted = parts.Count > 1 ? parts[^1] : "*";
        foreach (string path in BinaryFiles.IsLibraryName(parts[0]) ? LibraryCopies(parts[0], SourceSpan.None) : BinaryFiles.Find(parts[0], SourceSpan.None))
        {
            foreach (string symbol in FunctionsIn(path, wanted, SourceSpan.None))
            {
                yield return new(FullName(path, symbol), []);
            }
        }
    }

    internal override string? ObstacleOf(AttachTarget target) => Machine.Kernel.Ask(FeatureTable.Uprobe) is { Verdict: Verdict.No } finding
        ? $"This kernel has no uprobes ({finding.Detail}), so functions of applications cannot be probed. Tracepoints can: 'tracepoint:syscalls:*' shows what an application asks of the kernel."
        : null;

    private AttachPoint OfLibrary(string library, string text, SourceSpan span)
    {
        if (SymbolOffset.TryParse(text, out _))
        {
            throw new ProbeException($"An address needs a file: '{library}' may have several copies, each laid out differently.", span);
        }

        (string symbol, long offset) = SymbolOffset.Split(text, span);
        return new(new UprobeTarget(FullName(library, text), null, library, symbol, offset, isReturn), _context);
    }

    private List<AttachPoint> OfLibrary(string library, string symbols, AttachPattern pattern)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (string path in LibraryCopies(library, pattern.Span))
        {
            names.UnionWith(FunctionsIn(path, symbols, pattern.Span));
        }

        return names.Count > 0 ? [.. names.Select(symbol => OfLibrary(library, symbol, pattern.Span))]
            : throw new ProbeException($"No function of {library} matches '{symbols}'.", pattern.Span);
    }

    private List<AttachPoint> OfFile(string path, string text, SourceSpan span)
    {
        using SafeFileHandle handle = BinaryFiles.Open(path, span);
        ElfFile file = BinaryFiles.Parse(handle, path, span);
        if (SymbolOffset.TryParse(text, out long address))
        {
            return file.TryGetOffset((ulong)address, out long place) ? [Point(path, text, place)]
                : throw new ProbeException($"{path} has no code at {text}: addresses are those that 'nm' and 'objdump' show.", span);
        }

        ElfSymbols symbols = ElfSymbols.Of(file);
        if (Wildcard.Has(text))
        {
            return [.. symbols.All.Where(each => each.IsFunction && Wildcard.Matches(text, each.Name)).DistinctBy(each => each.Name).OrderBy(each => each.Name, StringComparer.Ordinal)
                .SelectMany(each => file.TryGetOffset(each.Address, out long start) ? new[] { Point(path, each.Name, start) } : [])];
        }

        (string symbol, long offset) = SymbolOffset.Split(text, span);
        if (symbols.TryFind(symbol, out ElfSymbol found) && file.TryGetOffset(found.Address, out long begin))
        {
            return found.Size == 0 || (ulong)offset < found.Size ? [Point(path, text, begin + offset)]
                : throw new ProbeException($"{symbol} in {path} has {found.Size} bytes, so {offset} is behind its end.", span);
        }

        string reason = symbols.Count == 0 ? " It is stripped: give an address, or install its debug symbols." : "";
        throw new ProbeException(
            $"{path} has no function {symbol}.{Suggest([.. NearestNames.Of(symbol, symbols.All.Select(each => each.Name).Distinct()).Select(each => FullName(path, each))], reason)}", span);
    }

    private AttachPoint Point(string path, string text, long offset) => new(
        new UprobeTarget(FullName(path, text), path, null, null, offset, isReturn),
        _context with { DistanceTo = symbol => BinaryFiles.Distance(path, offset, symbol) });

    private static List<string> FunctionsIn(string path, string pattern, SourceSpan span)
    {
        using SafeFileHandle handle = BinaryFiles.Open(path, span);
        return [.. ElfSymbols.Of(BinaryFiles.Parse(handle, path, span)).All.Where(each => each.IsFunction && Wildcard.Matches(pattern, each.Name)).Select(each => each.Name).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> LibraryCopies(string library, SourceSpan span) => BinaryFiles.CopiesOf(library) is { Count: > 0 } copies ? copies
        : throw new ProbeException($"No copy of {library} is installed here, so its functions cannot be listed: name one, or give a path.", span);
}
