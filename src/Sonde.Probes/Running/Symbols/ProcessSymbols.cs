using System.Diagnostics;
using Sonde.Bpf.Mappings;
using Sonde.Probes.Output;

namespace Sonde.Probes.Running.Symbols;

/// <summary>
/// Symbols of processes, from what they have mapped and the tables of those files. What was read of a process is kept, so one that ended
/// meanwhile still has names for what was asked before; of one that was never asked for while it ran there are none.
/// </summary>
internal sealed class ProcessSymbols
{
    private const int MostProcesses = 512;

    /// <summary>A process that maps something new is looked at again, but not for every address that is in no file.</summary>
    private static readonly TimeSpan _freshness = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, Entry> _processes = [];
    private readonly FileSymbols _files = new();

    internal Symbol? Find(int process, ulong address)
    {
        if (!_processes.TryGetValue(process, out Entry entry))
        {
            if (_processes.Count == MostProcesses)
            {
                _processes.Clear();
            }

            entry = Read(process);
        }

        MappedCode? code = CodeAt(entry.Code, address);
        if (code is null && Stopwatch.GetElapsedTime(entry.ReadAt) > _freshness)
        {
            entry = Read(process, entry.Code);
            code = CodeAt(entry.Code, address);
        }

        return code is { } found ? _files.Find(found, address - found.Start + found.Offset) : null;
    }

    private static MappedCode? CodeAt(MappedCode[] code, ulong address)
    {
        foreach (MappedCode each in code)
        {
            if (address >= each.Start && address < each.End)
            {
                return each;
            }
        }

        return null;
    }

    private Entry Read(int process, MappedCode[]? known = null)
    {
        MappedCode[] code = MappedCode.Of(process);
        Entry entry = new(code.Length == 0 && known is not null ? known : code, Stopwatch.GetTimestamp());
        _processes[process] = entry;
        return entry;
    }

    private readonly record struct Entry(MappedCode[] Code, long ReadAt);
}
