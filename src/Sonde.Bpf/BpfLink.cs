using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>An attachment; disposing it detaches the program. The kernel detaches what a dead process left behind.</summary>
public sealed class BpfLink : IDisposable
{
    private nint _handle;

    internal BpfLink(nint handle) => _handle = handle;

    internal int Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return Libbpf.bpf_link__fd(_handle);
        }
    }

    public void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            _ = Libbpf.bpf_link__destroy(handle);
        }
    }
}
