using System.Diagnostics;
using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Probes.Code;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>The maps and programs of a unit in the kernel. A program is loaded when it is first asked for, the same instructions once.</summary>
internal sealed class LoadedPrograms : IDisposable
{
    private readonly CompiledUnit _unit;
    private readonly List<BpfMap> _maps = [];
    private readonly ulong[]?[] _code;
    private readonly Dictionary<LoadKey, BpfProgram> _programs = [];
    private readonly Lock _lock = new();
    private readonly int[] _descriptors;
    private readonly int[] _twins;
    private readonly long _startTime = Stopwatch.GetTimestamp(); // CLOCK_MONOTONIC in nanoseconds

    /// <exception cref="ProbeException">The kernel refused a map.</exception>
    internal LoadedPrograms(CompiledUnit unit)
    {
        _unit = unit;
        _code = new ulong[]?[unit.Programs.Count];
        try
        {
            foreach (MapLayout layout in unit.Maps)
            {
                _maps.Add(BpfMap.Create(new(layout.Name, layout.Type, layout.KeySize, layout.ValueSize, (uint)layout.MaxEntries) { Flags = layout.Flags }));
            }
        }
        catch (BpfException refused)
        {
            Dispose();
            throw new ProbeException(refused.Message, SourceSpan.None, refused);
        }

        _descriptors = [.. _maps.Select(each => each.Fd)];
        _twins = FindTwins();
    }

    /// <summary>The map of a layout.</summary>
    internal BpfMap MapOf(MapLayout layout)
    {
        for (int i = 0; i < _maps.Count; i++)
        {
            if (ReferenceEquals(_unit.Maps[i], layout))
            {
                return _maps[i];
            }
        }

        throw new ArgumentException($"'{layout.Name}' is no map of this program.", nameof(layout));
    }

    internal BpfMap? Find(MapPurpose purpose) => _unit.Find(purpose) is { } layout ? MapOf(layout) : null;

    /// <summary>All that were loaded, with the probe that each is of.</summary>
    internal IReadOnlyList<(Probe Source, BpfProgram Program)> Loaded
    {
        get
        {
            lock (_lock)
            {
                return [.. _programs.Select(each => (_unit.Programs[each.Key.Index].Source, each.Value))];
            }
        }
    }

    /// <summary>A program in the kernel.</summary>
    /// <param name="program">Which.</param>
    /// <param name="attachType">What it is to be attached as.</param>
    /// <param name="btfId">Of tracing programs, to what.</param>
    /// <exception cref="ProbeException">The verifier refused it.</exception>
    internal BpfProgram Load(CompiledProgram program, BpfAttachType attachType = BpfAttachType.None, uint btfId = 0)
    {
        BpfProgramType type = program.Kind switch
        {
            ProgramKind.Tracepoint => BpfProgramType.Tracepoint,
            ProgramKind.RawTracepoint => BpfProgramType.RawTracepoint,
            ProgramKind.Tracing => BpfProgramType.Tracing,
            ProgramKind.Kprobe => BpfProgramType.Kprobe,
            _ => BpfProgramType.PerfEvent,
        };
        LoadKey key = new(type, attachType, btfId, _twins[program.Index]);
        lock (_lock)
        {
            if (_programs.TryGetValue(key, out BpfProgram? loaded))
            {
                return loaded;
            }
        }

        BpfProgram fresh;
        try
        {
            fresh = BpfProgram.Load(new(NameOf(program), type, CodeOf(program.Index)) { AttachType = attachType, AttachBtfId = btfId });
        }
        catch (BpfException refused)
        {
            throw new ProbeException(refused.Message, program.Source.Span, refused);
        }

        lock (_lock)
        {
            if (_programs.TryAdd(key, fresh))
            {
                return fresh;
            }
        }

        // Another thread was quicker.
        fresh.Dispose();
        return Load(program, attachType, btfId);
    }

    /// <summary>Takes one out again that could not be attached.</summary>
    internal void Unload(BpfProgram program)
    {
        lock (_lock)
        {
            _programs.Remove(_programs.First(each => each.Value == program).Key);
        }

        program.Dispose();
    }

    public void Dispose()
    {
        foreach (BpfProgram program in _programs.Values)
        {
            program.Dispose();
        }

        _programs.Clear();
        _maps.ForEach(each => each.Dispose());
        _maps.Clear();
    }

    private static string NameOf(CompiledProgram program) => program.Source.Targets[0].Name is var name && name.LastIndexOf(':') is var colon and >= 0
        ? name[(colon + 1)..]
        : name;

    private ulong[] CodeOf(int index) => _code[index] ??= _unit.Programs[index].Link(_descriptors, _startTime);

    /// <summary>
    /// For each program the one that is loaded in its stead: the first of the same kind and instructions. Not for the same attach point, where
    /// kernels refuse a program that is there already (<c>EEXIST</c>).
    /// </summary>
    private int[] FindTwins()
    {
        int[] twins = new int[_unit.Programs.Count];
        Dictionary<int, List<(int First, HashSet<string> Places)>> byCode = [];
        for (int i = 0; i < twins.Length; i++)
        {
            CompiledProgram program = _unit.Programs[i];
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes<ulong>(CodeOf(i)));
            List<(int First, HashSet<string> Places)> candidates =
                CollectionsMarshal.GetValueRefOrAddDefault(byCode, hash.ToHashCode(), out _) ??= [];
            IEnumerable<string> places = program.Source.Targets.Select(each => each.Name);
            int found = candidates.FindIndex(each => _unit.Programs[each.First].Kind == program.Kind
                && CodeOf(each.First).AsSpan().SequenceEqual(CodeOf(i)) && !each.Places.Overlaps(places));
            if (found < 0)
            {
                candidates.Add((i, []));
                found = candidates.Count - 1;
            }

            candidates[found].Places.UnionWith(places);
            twins[i] = candidates[found].First;
        }

        return twins;
    }

    private readonly record struct LoadKey(BpfProgramType Type, BpfAttachType AttachType, uint BtfId, int Index);
}
