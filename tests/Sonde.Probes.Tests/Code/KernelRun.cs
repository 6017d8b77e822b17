using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Code;

/// <summary>A compiled program in this kernel, run by hand.</summary>
internal sealed class KernelRun : IDisposable
{
    private readonly CompiledUnit _unit;
    private readonly LoadedPrograms _programs;

    internal KernelRun(ProbeProgram program, CompilerSettings? settings = null)
    {
        _unit = ProbeCompiler.Compile(program, settings ?? new());
        _programs = new(_unit);
    }

    /// <summary>Loads them all.</summary>
    internal void Load()
    {
        foreach (CompiledProgram program in _unit.Programs)
        {
            _ = Load(program);
        }
    }

    internal void Run(int index = 0) => Load(_unit.Programs[index]).RunOnce();

    internal BpfMap Map(ProbeMap map) => _programs.MapOf(_unit.LayoutOf(map));

    internal MapSnapshot Read(ProbeMap map) => new KernelMap(_unit.LayoutOf(map), Map(map)).Read();

    /// <summary>The 8 bytes of an unkeyed map.</summary>
    internal long ReadNumber(ProbeMap map) => MemoryMarshal.Read<long>(((ValueCell)Read(map).Rows.Single().Cell).Bytes);

    /// <summary>Sets an unkeyed map of a number.</summary>
    internal void Write(ProbeMap map, long value) => Assert.True(Map(map).TryUpdate(0u, (value, 1L)));

    public void Dispose() => _programs.Dispose();

    private BpfProgram Load(CompiledProgram program) => program.Source.Targets[0] switch
    {
        RawTracepointTarget { BtfId: not 0 } target => _programs.Load(program, BpfAttachType.RawTracepoint, target.BtfId),
        _ => _programs.Load(program),
    };
}
