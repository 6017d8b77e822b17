using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>Makes the kernel time BPF programs, all of the machine's, until it is disposed (<c>BPF_ENABLE_STATS</c>, 5.8+, needs CAP_SYS_ADMIN).</summary>
public sealed class BpfStatistics : IDisposable
{
    private const int RunTime = 0;

    private int _fd;

    private BpfStatistics(int fd) => _fd = fd;

    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfStatistics Enable()
    {
        int fd = Libbpf.bpf_enable_stats(RunTime);
        return fd >= 0 ? new(fd) : throw BpfException.From("BPF run-time statistics could not be turned on", -fd);
    }

    public void Dispose()
    {
        int fd = Interlocked.Exchange(ref _fd, -1);
        if (fd >= 0)
        {
            _ = Libc.close(fd);
        }
    }
}
