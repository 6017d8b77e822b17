using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>An attachment; disposing it detaches the program. The kernel detaches what a dead process left behind.</summary>
public sealed class BpfLink : IDisposable
{
    private nint _handle;
    private int[] _descriptors = [];

    /// <param name="handle">libbpf's.</param>
    internal BpfLink(nint handle) => _handle = handle;

    /// <param name="descriptors">Those that keep the program attached: of links or perf events. Closing them detaches it.</param>
    internal BpfLink(params int[] descriptors) => _descriptors = descriptors;

    internal int Fd
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0 && _descriptors.Length == 0, this);
            return _handle != 0 ? Libbpf.bpf_link__fd(_handle) : _descriptors[0];
        }
    }

    public void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            _ = Libbpf.bpf_link__destroy(handle);
        }

        foreach (int descriptor in Interlocked.Exchange(ref _descriptors, []))
        {
            _ = Libc.close(descriptor);
        }
    }
}
