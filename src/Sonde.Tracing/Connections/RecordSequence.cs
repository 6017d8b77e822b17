using System.Buffers;

namespace Sonde.Tracing.Connections;

/// <summary>
/// Puts a connection's records in order. The kernel numbers them; a gap is a call that was overtaken by what it caused
/// (its record comes within microseconds), two calls on two processors, or a loss. What comes behind a gap is held.
/// </summary>
internal sealed class RecordSequence
{
    /// <summary>Records held before the gap counts as a loss.</summary>
    private const int MaxHeld = 64;

    private readonly List<HeldRecord> _held = [];

    private uint _next;
    private int _pieces;

    /// <summary>When the record behind the gap was made, nanoseconds of the monotonic clock; 0: nothing is held.</summary>
    public ulong HeldSince => _held.Count == 0 ? 0 : _held[0].Time;

    public int Count => _held.Count;

    public bool IsFull => _held.Count >= MaxHeld;

    /// <summary>Forgets everything; the next number is 0.</summary>
    public void Clear()
    {
        foreach (HeldRecord held in _held)
        {
            ArrayPool<byte>.Shared.Return(held.Bytes);
        }

        _held.Clear();
        _next = 0;
        _pieces = 0;
    }

    /// <summary>Where a record with this number stands: 0 it is the next, positive it is ahead, negative it is too late.</summary>
    public int Compare(uint sequence) => unchecked((int)(sequence - _next));

    /// <summary>The next record was read; <paramref name="isLast"/> says that no further piece of its call follows.</summary>
    /// <param name="piece">Its place among the call's pieces.</param>
    /// <param name="isLast">It is the last of them.</param>
    /// <returns>How many pieces before it are missing.</returns>
    public uint Advance(int piece, bool isLast)
    {
        int missing = Math.Max(0, piece - _pieces);
        _pieces = isLast ? 0 : piece + 1;
        _next += isLast ? 1u : 0;
        return (uint)missing;
    }

    /// <summary>Keeps a record that is ahead.</summary>
    public void Hold(uint sequence, ReadOnlySpan<byte> record, ulong time)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(record.Length);
        record.CopyTo(bytes);
        // Pieces of one call share a number and keep their order.
        int index = _held.Count;
        while (index > 0 && unchecked((int)(_held[index - 1].Sequence - sequence)) > 0)
        {
            index--;
        }

        _held.Insert(index, new HeldRecord(sequence, time, bytes, record.Length));
    }

    /// <summary>Takes the first held record if it is the next one. Its buffer is to be given back to the shared pool.</summary>
    public bool TryTake(out HeldRecord record)
    {
        if (_held.Count == 0 || _held[0].Sequence != _next)
        {
            record = default;
            return false;
        }

        record = _held[0];
        _held.RemoveAt(0);
        return true;
    }

    /// <summary>What was overtaken happened before this; no bound when nothing is held.</summary>
    public ulong NotAfter => _held.Count == 0 ? ulong.MaxValue : _held[0].Time;

    /// <summary>Gives the gap up: the first held record is the next.</summary>
    /// <returns>How many numbers are missing.</returns>
    public uint SkipGap()
    {
        uint missing = _held.Count == 0 ? 0 : _held[0].Sequence - _next;
        _next += missing;
        _pieces = 0;
        return missing;
    }
}

/// <summary>A record that waits for those before it, in a rented buffer.</summary>
internal readonly record struct HeldRecord(uint Sequence, ulong Time, byte[] Bytes, int Length)
{
    public ReadOnlySpan<byte> Span => Bytes.AsSpan(0, Length);
}
