using Sonde.Probes.Model;

namespace Sonde.Probes.Code;

/// <summary>Makes BPF instructions of a typed tree. Nothing of the kernel is asked.</summary>
public static class ProbeCompiler
{
    /// <summary>How large a value may be to be built on the stack; tried in turn until a program fits. Null: all of them, without a scratch entry.</summary>
    private static readonly int?[] _stackLimits = [null, 256, 64, 16];

    /// <exception cref="ProbeException">A probe is too large for the kernel's limits.</exception>
    public static CompiledUnit Compile(ProbeProgram program, CompilerSettings settings)
    {
        UnitLayout layout = new(program, settings);
        HashSet<ProbeMap> deletedFrom = [.. program.Probes.SelectMany(probe => TreeWalk.Statements(probe.Body)).OfType<DeleteFromMap>().Select(each => each.Map)];
        List<CompiledProgram> programs = [];
        foreach (Probe probe in program.Probes)
        {
            programs.Add(Compile(probe, programs.Count, layout, deletedFrom));
        }

        return new() { Source = program, Settings = settings, Programs = programs, Maps = [.. layout.Maps] };
    }

    private static CompiledProgram Compile(Probe probe, int index, UnitLayout layout, IReadOnlySet<ProbeMap> deletedFrom)
    {
        foreach (int? limit in _stackLimits)
        {
            try
            {
                return new ProgramGenerator(probe, index, layout, deletedFrom, limit).Generate();
            }
            catch (FrameExhaustedException)
            {
            }
        }

        throw new ProbeException("The probe keeps more at once than a program may: use fewer variables, shorter strings, or a smaller buffer.", probe.Span);
    }
}
