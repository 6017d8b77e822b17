namespace Sonde.Bpf;

/// <summary>
/// Waits until every program that was running has ended, by what the kernel promises to whoever changes a map of maps: once the update
/// returns, no program sees what was there before (<c>maybe_wait_bpf_programs</c>, kernel/bpf/syscall.c, 4.18+). Sleepable programs are not waited for.
/// <c>membarrier(2)</c>, which is often named for this, does not wait on a machine of one CPU and is refused with <c>nohz_full</c>.
/// </summary>
public sealed class ProgramBarrier : IDisposable
{
    private readonly BpfMap _inner;
    private readonly BpfMap _outer;

    /// <exception cref="BpfLoadException">The kernel refused.</exception>
    public ProgramBarrier()
    {
        _inner = BpfMap.Create(new("barrier_inner", BpfMapType.Array, sizeof(uint), sizeof(uint), 1));
        _outer = BpfMap.Create(new("barrier", BpfMapType.ArrayOfMaps, sizeof(uint), sizeof(uint), 1) { Inner = _inner });
    }

    /// <summary>Returns when all programs have ended that ran when it was called; some ten milliseconds.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Wait() => _outer.TryUpdate(0u, _inner.Fd);

    public void Dispose()
    {
        _outer.Dispose();
        _inner.Dispose();
    }
}
