using System.Runtime.InteropServices;
using Sonde.Bpf.Links;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Mappings;

/// <summary>
/// The kernel's own account of what is mapped as code, in every process, as it happens: <c>PERF_RECORD_MMAP2</c> of one perf event a CPU
/// (linux/perf_event.h, <c>perf_event_mmap</c> in kernel/events/core.c). Costs nothing but the records. One thread waits and reads.
/// </summary>
internal sealed unsafe class MappingEvents : IDisposable
{
    private const uint Lost = 2, Mapped = 10;
    private const int HeaderSize = 8, PathStart = 72, DataPages = 16, MostRecord = 1 << 16;
    private const int DataHead = 1024, DataTail = 1032;

    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly List<(int Fd, nint Memory)> _cpus = [];
    private readonly byte[] _record = new byte[MostRecord];
    private int _wakeFd = -1;

    /// <exception cref="BpfException">The kernel refused: it needs CAP_PERFMON.</exception>
    internal MappingEvents()
    {
        try
        {
            foreach (int cpu in SamplingLink.OnlineCpus())
            {
                Open(cpu);
            }
        }
        catch (BpfException)
        {
            Dispose();
            throw;
        }

        _wakeFd = Libc.eventfd(0, Libc.EventFdFlags);
    }

    /// <summary>Waits until there is something to read or <see cref="Wake"/> is called.</summary>
    internal void Wait()
    {
        PollDescriptor* descriptors = stackalloc PollDescriptor[_cpus.Count + 1];
        for (int i = 0; i < _cpus.Count; i++)
        {
            descriptors[i] = new() { Fd = _cpus[i].Fd, Events = Libc.PollIn };
        }

        descriptors[_cpus.Count] = new() { Fd = _wakeFd, Events = Libc.PollIn };
        _ = Libc.poll(descriptors, (nuint)_cpus.Count + 1, -1);
    }

    /// <summary>Ends a <see cref="Wait"/>, the present one or the next.</summary>
    internal void Wake()
    {
        ulong one = 1;
        _ = Libc.write(_wakeFd, &one, sizeof(ulong));
    }

    /// <summary>Hands over what came.</summary>
    /// <returns>False when the kernel had to drop records: what is mapped must be looked up otherwise.</returns>
    internal bool Read(ProcessMaps.Handler handler)
    {
        bool isWhole = true;
        foreach ((_, nint memory) in _cpus)
        {
            isWhole &= Read((byte*)memory, handler);
        }

        return isWhole;
    }

    public void Dispose()
    {
        foreach ((int fd, nint memory) in _cpus)
        {
            _ = Libc.munmap((void*)memory, (DataPages + 1) * _page);
            _ = Libc.close(fd);
        }

        _cpus.Clear();
        if (_wakeFd >= 0)
        {
            _ = Libc.close(_wakeFd);
            _wakeFd = -1;
        }
    }

    private void Open(int cpu)
    {
        int fd = PerfCall.OpenMappings(cpu);
        if (fd < 0)
        {
            throw BpfException.From("Mappings of executables and libraries cannot be watched", -fd);
        }

        void* memory = Libc.mmap(null, (DataPages + 1) * _page, Libc.ReadWriteProtection, Libc.Shared, fd, 0);
        if (Libc.IsMapFailed(memory))
        {
            int error = Marshal.GetLastPInvokeError();
            _ = Libc.close(fd);
            throw BpfException.From("The memory for events of mappings", error);
        }

        _cpus.Add((fd, (nint)memory));
    }

    private bool Read(byte* memory, ProcessMaps.Handler handler)
    {
        bool isWhole = true;
        ulong head = Volatile.Read(ref *(ulong*)(memory + DataHead)), tail = *(ulong*)(memory + DataTail);
        while (tail < head)
        {
            Span<byte> record = _record.AsSpan(0, HeaderSize);
            Copy(memory, tail, record);
            int size = MemoryMarshal.Read<ushort>(record[6..]);
            if (size < HeaderSize)
            {
                break;
            }

            record = _record.AsSpan(0, size);
            Copy(memory, tail, record);
            tail += (ulong)size;
            uint type = MemoryMarshal.Read<uint>(record);
            isWhole &= type != Lost;
            if (type == Mapped)
            {
                Tell(record, handler);
            }
        }

        Volatile.Write(ref *(ulong*)(memory + DataTail), tail);
        return isWhole;
    }

    /// <summary>header, pid, tid, start, length, offset, major, minor, inode, generation, protection, flags, path</summary>
    private static void Tell(ReadOnlySpan<byte> record, ProcessMaps.Handler handler)
    {
        ReadOnlySpan<byte> path = record[PathStart..];
        int end = path.IndexOf((byte)0);
        ulong inode = MemoryMarshal.Read<ulong>(record[48..]);
        if (end <= 0 || path[0] != '/' || inode == 0)
        {
            return;
        }

        ulong start = MemoryMarshal.Read<ulong>(record[16..]);
        ulong device = (ulong)MemoryMarshal.Read<uint>(record[40..]) << 32 | MemoryMarshal.Read<uint>(record[44..]);
        handler(
            new(MemoryMarshal.Read<int>(record[8..]), start, start + MemoryMarshal.Read<ulong>(record[24..]), new(device, inode)),
            path[..end],
            MemoryMarshal.Read<ulong>(record[32..]));
    }

    /// <summary>The data is a ring: a record may begin at its end and go on at its beginning.</summary>
    private void Copy(byte* memory, ulong position, Span<byte> into)
    {
        ulong size = DataPages * (ulong)_page, at = position & (size - 1);
        byte* data = memory + _page;
        int first = (int)Math.Min((ulong)into.Length, size - at);
        new ReadOnlySpan<byte>(data + at, first).CopyTo(into);
        new ReadOnlySpan<byte>(data, into.Length - first).CopyTo(into[first..]);
    }
}
