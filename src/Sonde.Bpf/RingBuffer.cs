using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>
/// The reader of a BPF ring buffer, straight on its memory (Documentation/bpf/ringbuf.rst, kernel/bpf/ringbuf.c): one page with the
/// consumer's position, one with the producer's, then the data, mapped twice so that no record is ever split. Records are read in
/// place, without allocation. One thread reads and disposes; until then <see cref="Wake"/> and <see cref="UnreadBytes"/> are for any.
/// </summary>
public sealed unsafe class RingBuffer : IDisposable
{
    private const uint BusyBit = 1u << 31, DiscardBit = 1u << 30, LengthMask = DiscardBit - 1;
    private const int HeaderSize = 8;

    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly nuint _size;
    private readonly ulong _releaseInterval;
    private readonly int _fd;
    private readonly string _name;
    private ulong* _consumerPosition;
    private byte* _producerPage;
    private int _wakeFd = -1;

    /// <param name="map">A map of type ring buffer, which must outlive the reader.</param>
    /// <exception cref="BpfException">It cannot be mapped.</exception>
    public RingBuffer(BpfMap map)
    {
        if (map.Type != BpfMapType.RingBuffer)
        {
            throw new ArgumentException($"Map '{map.Name}' is no ring buffer but {map.Type}.", nameof(map));
        }

        _fd = map.Fd;
        _name = map.Name;
        _size = map.MaxEntries;
        // Often enough for a producer that fights for room, seldom enough that the cache line is not torn to and fro.
        _releaseInterval = _size / 8;
        _consumerPosition = (ulong*)Map(_page, Libc.ReadWriteProtection, 0);
        _producerPage = Map(_page + 2 * _size, Libc.ReadOnlyProtection, (nint)_page);
        _wakeFd = Libc.eventfd(0, Libc.EventFdFlags);
    }

    /// <summary>Bytes of the buffer.</summary>
    public long Size => (long)_size;

    /// <summary>Bytes that the kernel has reserved and this reader has not given back; 0 once disposed.</summary>
    public long UnreadBytes
    {
        get
        {
            if (_producerPage == null)
            {
                return 0;
            }

            // The consumer's position first: the producer's can only have grown since.
            ulong consumed = Volatile.Read(ref *_consumerPosition);
            return (long)(Volatile.Read(ref *ProducerPosition) - consumed);
        }
    }

    private ulong* ProducerPosition => (ulong*)_producerPage;

    private byte* Data => _producerPage + _page;

    /// <summary>Hands over the records that are there, at most so many, and returns how many.</summary>
    /// <remarks>If the handler throws, the record it was given counts as read.</remarks>
    public int Consume(RecordHandler handler, int max = int.MaxValue)
    {
        ObjectDisposedException.ThrowIf(_producerPage == null, this);
        ulong position = *_consumerPosition, released = position;
        int count = 0;
        try
        {
            while (count < max && TryRead(ref position, ref released, out ReadOnlySpan<byte> record, out bool isDiscarded))
            {
                if (!isDiscarded)
                {
                    count++;
                    handler(record);
                }
            }
        }
        finally
        {
            Volatile.Write(ref *_consumerPosition, position);
        }

        return count;
    }

    /// <summary>
    /// Waits until the kernel announces a record, <see cref="Wake"/> is called or the time is up. The kernel announces a record only
    /// if the reader had read all before it, and not if the program said <c>BPF_RB_NO_WAKEUP</c>: consume first, then wait.
    /// </summary>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Wait(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_producerPage == null, this);
        PollDescriptor* descriptors = stackalloc PollDescriptor[2];
        descriptors[0] = new() { Fd = _fd, Events = Libc.PollIn };
        descriptors[1] = new() { Fd = _wakeFd, Events = Libc.PollIn };
        int ready = Libc.poll(descriptors, 2, (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), -1, int.MaxValue));
        if (ready < 0 && Marshal.GetLastPInvokeError() is not Errno.Interrupted and int error)
        {
            throw BpfException.From($"Waiting for ring buffer '{_name}' failed", error);
        }

        ulong wakes;
        _ = descriptors[1].Returned != 0 && Libc.read(_wakeFd, &wakes, sizeof(ulong)) > 0;
        return ready > 0;
    }

    /// <summary>Waits until <see cref="Wake"/> is called or the time is up, whatever comes in.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Pause(TimeSpan time)
    {
        ObjectDisposedException.ThrowIf(_producerPage == null, this);
        PollDescriptor* descriptor = stackalloc PollDescriptor[1];
        descriptor[0] = new() { Fd = _wakeFd, Events = Libc.PollIn };
        if (Libc.poll(descriptor, 1, (int)Math.Ceiling(time.TotalMilliseconds)) < 0 && Marshal.GetLastPInvokeError() is not Errno.Interrupted and int error)
        {
            throw BpfException.From($"Waiting beside ring buffer '{_name}' failed", error);
        }
    }

    /// <summary>Ends a <see cref="Wait"/> or <see cref="Pause"/>, the present one or the next.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.write(_wakeFd, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        if (_consumerPosition != null)
        {
            _ = Libc.munmap(_consumerPosition, _page);
            _consumerPosition = null;
        }

        if (_producerPage != null)
        {
            _ = Libc.munmap(_producerPage, _page + 2 * _size);
            _producerPage = null;
        }

        if (_wakeFd >= 0)
        {
            _ = Libc.close(_wakeFd);
            _wakeFd = -1;
        }
    }

    private bool TryRead(ref ulong position, ref ulong released, out ReadOnlySpan<byte> record, out bool isDiscarded)
    {
        record = default;
        isDiscarded = false;
        if (!IsCommitted(position))
        {
            if (released == position)
            {
                return false;
            }

            // The kernel wakes a reader only if it sees that all before the record is read: say so, and look once more. The barrier
            // pairs with the exchange in the kernel's commit, which comes before its look at the consumer's position.
            Volatile.Write(ref *_consumerPosition, position);
            released = position;
            Interlocked.MemoryBarrier();
            if (!IsCommitted(position))
            {
                return false;
            }
        }
        else if (position - released >= _releaseInterval)
        {
            Volatile.Write(ref *_consumerPosition, position);
            released = position;
        }

        byte* header = Data + (position & (_size - 1));
        uint length = *(uint*)header;
        isDiscarded = (length & DiscardBit) != 0;
        record = new(header + HeaderSize, (int)(length & LengthMask));
        position += (ulong)((record.Length + HeaderSize + 7) & ~7);
        return true;
    }

    private bool IsCommitted(ulong position) =>
        position < Volatile.Read(ref *ProducerPosition) && (Volatile.Read(ref *(uint*)(Data + (position & (_size - 1)))) & BusyBit) == 0;

    private byte* Map(nuint length, int protection, nint offset)
    {
        void* memory = Libc.mmap(null, length, protection, Libc.Shared, _fd, offset);
        if (Libc.IsMapFailed(memory))
        {
            int error = Marshal.GetLastPInvokeError();
            Dispose();
            throw BpfException.From($"Ring buffer '{_name}' could not be mapped", error);
        }

        return (byte*)memory;
    }
}
