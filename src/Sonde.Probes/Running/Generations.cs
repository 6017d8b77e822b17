using Sonde.Bpf;

namespace Sonde.Probes.Running;

/// <summary>
/// Which of two generations programs count in. Switching it and waiting leaves the other one to user space alone: what was counted is
/// read and taken out without losing or doubling an event.
/// </summary>
/// <param name="word">An array of one word, which every program reads once at its start.</param>
internal sealed class Generations(BpfMap word) : IDisposable
{
    private readonly ProgramBarrier _barrier = new();
    private int _current;

    /// <summary>Has programs count in the other generation, waits for those that still run, and answers the one that is at rest.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    internal int Switch()
    {
        int old = _current;
        _current = 1 - old;
        word.TryUpdate(0u, (long)_current);
        _barrier.Wait();
        return old;
    }

    public void Dispose() => _barrier.Dispose();
}
