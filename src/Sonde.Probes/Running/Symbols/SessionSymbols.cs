using System.Runtime.InteropServices;
using Sonde.Bpf;
using Sonde.Bpf.Symbols;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Output;

namespace Sonde.Probes.Running.Symbols;

/// <summary>Symbols of the kernel and of processes, and the stacks in a session's maps. For one thread at a time.</summary>
internal sealed class SessionSymbols(CompiledUnit unit, LoadedPrograms programs) : ISymbols
{
    private readonly ProcessSymbols _processes = new();
    private KernelSymbols? _kernel;
    private ulong[] _frames = [];

    public Symbol? Kernel(ulong address)
    {
        try
        {
            _kernel ??= KernelSymbols.Read();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return _kernel.TryFind(address, out KernelSymbol symbol) ? new(symbol.Name, address - symbol.Address, symbol.Module) : null;
    }

    public Symbol? User(ulong address, int process) => _processes.Find(process, address);

    public ReadOnlySpan<ulong> Stack(RenderedType type, int id)
    {
        if (id < 0)
        {
            return [];
        }

        BpfMap map = programs.MapOf(unit.StacksOf(type.Depth));
        if (_frames.Length < type.Depth)
        {
            _frames = new ulong[type.Depth];
        }

        Span<ulong> frames = _frames.AsSpan(0, type.Depth);
        if (!map.TryLookup(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in id)), MemoryMarshal.AsBytes(frames)))
        {
            return [];
        }

        int end = frames.IndexOf(0ul);
        return end < 0 ? frames : frames[..end];
    }
}
