using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>A program that the kernel runs once for each element of something (sockets, tasks, a map's entries), whenever a pass is made.</summary>
public sealed unsafe class BpfIterator : IDisposable
{
    private const int ScratchSize = 4096;

    private readonly BpfLink _link;
    private readonly string _name;

    internal BpfIterator(BpfLink link, string name)
    {
        _link = link;
        _name = name;
    }

    /// <summary>Makes one pass over all elements and throws away what the program writes. Allocates nothing.</summary>
    /// <returns>The bytes that the program wrote with <c>bpf_seq_write</c>.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Pass()
    {
        Span<byte> scratch = stackalloc byte[ScratchSize];
        return Pass(scratch, null);
    }

    /// <summary>Makes one pass and hands over what the program writes, in pieces of at most the scratch's length that need not end where a record ends.</summary>
    /// <inheritdoc cref="Pass()"/>
    public long Pass(Span<byte> scratch, RecordHandler? output)
    {
        int fd = Libbpf.bpf_iter_create(_link.Fd);
        if (fd < 0)
        {
            throw BpfException.From($"A pass of '{_name}' could not start", -fd);
        }

        try
        {
            return ReadToEnd(fd, scratch, output);
        }
        finally
        {
            _ = Libc.close(fd);
        }
    }

    public void Dispose() => _link.Dispose();

    private long ReadToEnd(int fd, Span<byte> scratch, RecordHandler? output)
    {
        long total = 0;
        fixed (byte* buffer = scratch)
        {
            while (true)
            {
                nint count = Libc.read(fd, buffer, (nuint)scratch.Length);
                if (count > 0)
                {
                    total += count;
                    output?.Invoke(scratch[..(int)count]);
                    continue;
                }

                if (count == 0)
                {
                    return total;
                }

                // EAGAIN: the kernel visited a million elements without output and asks to be called again.
                int error = Marshal.GetLastPInvokeError();
                if (error is not (Errno.Interrupted or Errno.Again))
                {
                    throw BpfException.From($"A pass of '{_name}' broke off", error);
                }
            }
        }
    }
}
