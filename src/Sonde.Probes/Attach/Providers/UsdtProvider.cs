using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Usdt;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>usdt:file:provider:name</c> or <c>usdt:file:name</c>: each place of a static probe, with its arguments there.</summary>
internal sealed class UsdtProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        (string file, string provider, string probe) = pattern.Parts switch
        {
            [{ Length: > 0 } path, { Length: > 0 } named] => (path, "*", named),
            [{ Length: > 0 } path, { Length: > 0 } by, { Length: > 0 } named] => (path, by, named),
            _ => throw Malformed(pattern, "usdt:file:provider:name, as in usdt:/usr/bin/node:node:gc__start"),
        };
        List<AttachPoint> found = [];
        List<string> others = [];
        foreach (string path in FilesOf(file, pattern.Span))
        {
            using SafeFileHandle handle = BinaryFiles.Open(path, pattern.Span);
            ElfFile elf = BinaryFiles.Parse(handle, path, pattern.Span);
            IReadOnlyList<UsdtNote> notes = UsdtNote.Of(elf);
            found.AddRange(notes.Where(note => Matches(note, provider, probe)).Select(note => Point(path, note, elf)));
            others.AddRange(notes.Select(note => note.Name));
        }

        return found.Count > 0 ? found : throw new ProbeException(
            others.Count == 0 ? $"{file} has no static probes." : $"{file} has no static probe {(provider == "*" ? probe : $"{provider}:{probe}")}.{Suggest(NearestNames.Of(probe, others.Distinct()))}",
            pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments)
    {
        if (parts.Count == 0)
        {
            yield break;
        }

        (string provider, string probe) = parts switch { [_, var by, var named] => (by, named), [_, var named] => ("*", named), _ => ("*", "*") };
        foreach (string path in FilesOf(parts[0], SourceSpan.None))
        {
            using SafeFileHandle handle = BinaryFiles.Open(path, SourceSpan.None);
            foreach (UsdtNote note in UsdtNote.Of(BinaryFiles.Parse(handle, path, SourceSpan.None)).Where(note => Matches(note, provider, probe)).DistinctBy(note => (note.Provider, note.Name)))
            {
                yield return new(FullName(path, note.Provider, note.Name), withArguments && note.Arguments.Length > 0 ? [note.Arguments] : []);
            }
        }
    }

    internal override string? ObstacleOf(AttachTarget target) => Machine.Kernel.Ask(FeatureTable.Uprobe) is { Verdict: Verdict.No } finding
        ? $"This kernel has no uprobes ({finding.Detail}), which static probes need."
        : null;

    private static bool Matches(UsdtNote note, string provider, string probe) => Wildcard.Matches(provider, note.Provider) && Wildcard.Matches(probe, note.Name);

    private static IReadOnlyList<string> FilesOf(string file, SourceSpan span) =>
        BinaryFiles.IsLibraryName(file) && BinaryFiles.CopiesOf(file) is { Count: > 0 } copies ? copies : BinaryFiles.Find(file, span);

    private AttachPoint Point(string path, UsdtNote note, ElfFile elf)
    {
        UsdtTarget target = new(FullName(path, note.Provider, note.Name), path, note.Offset, note.SemaphoreOffset);
        IReadOnlyList<UsdtArgument> places = UsdtArgumentParser.Parse(elf.Machine, note.Arguments, DistanceTo);
        return new(target, new StaticProbeContext(RegisterTable.Of(elf.Machine) ?? RegisterTable.Native, places, DistanceTo));

        long? DistanceTo(string symbol) => BinaryFiles.Distance(path, note.Offset, symbol);
    }
}
