using System.Numerics;
using Sonde.Bpf;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing.Capture;

/// <summary>
/// The kernel's records, from a ring for each processor, in the order of their times: what a record is the cause of comes
/// behind it, on whatever processor it happens. One thread reads; the numbers of bytes are for any.
/// </summary>
internal sealed class RecordRings(IReadOnlyList<ProcessorRing> rings)
{
    /// <summary>The least that a processor's ring holds: some hundred records.</summary>
    private const int MinSize = 128 << 10;

    private readonly ProcessorRing[] _rings = [.. rings];
    private volatile bool _isClosed;

    /// <summary>Unread bytes of the ring that has most of them: the one that overflows first.</summary>
    public long FullestBytes
    {
        get
        {
            long most = 0;
            foreach (ProcessorRing ring in _rings)
            {
                most = Math.Max(most, ring.UnreadBytes);
            }

            return most;
        }
    }

    /// <summary>Unread bytes of all; 0 once closed.</summary>
    public long UnreadBytes
    {
        get
        {
            long sum = 0;
            foreach (ProcessorRing ring in _isClosed ? [] : _rings)
            {
                sum += ring.UnreadBytes;
            }

            return sum;
        }
    }

    /// <summary>What each of so many processors gets of so many bytes: a power of two, and not less than a few hundred records need.</summary>
    public static int SizeOfEach(int bytes, int processors) =>
        Math.Max((int)(BitOperations.RoundUpToPowerOf2((uint)(bytes / processors) + 1) / 2), MinSize);

    /// <summary>Hands over the records that are there, at most so many, and returns how many.</summary>
    /// <remarks>If the handler throws, the record it was given counts as read.</remarks>
    public int Consume(RecordHandler handler, int max)
    {
        // Younger records wait for the next pass: what caused them may stand in a ring that was looked at before it came.
        ulong until = MonotonicClock.Now;
        foreach (ProcessorRing ring in _rings)
        {
            ring.Open(until);
        }

        int count = 0;
        try
        {
            while (count < max && FindOldest(out ulong next) is { } oldest)
            {
                count += oldest.Read(handler, next, max - count);
            }
        }
        finally
        {
            foreach (ProcessorRing ring in _rings)
            {
                ring.Release();
            }
        }

        return count;
    }

    /// <summary>The memory goes: nobody is to look at it any more.</summary>
    public void Close() => _isClosed = true;

    /// <summary>The ring with the oldest record, and the time of the oldest in any other.</summary>
    private ProcessorRing? FindOldest(out ulong next)
    {
        ProcessorRing? oldest = null;
        ulong time = ProcessorRing.Nothing;
        next = ProcessorRing.Nothing;
        foreach (ProcessorRing ring in _rings)
        {
            if (ring.NextTime < time)
            {
                next = time;
                time = ring.NextTime;
                oldest = ring;
            }
            else if (ring.NextTime < next)
            {
                next = ring.NextTime;
            }
        }

        return oldest;
    }
}
