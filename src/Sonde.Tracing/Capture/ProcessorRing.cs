using System.Runtime.CompilerServices;
using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Capture;

/// <summary>The reader's side of one processor's ring (bpf/tracer/ring.bpf.h): records in the order in which their room was taken.</summary>
internal sealed unsafe class ProcessorRing
{
    /// <summary>Of a ring that has nothing more to read in this pass.</summary>
    public const ulong Nothing = ulong.MaxValue;

    private const ulong BlockMask = Limits.BlockBytes - 1;

    private readonly RingHead* _head;
    private readonly ulong* _words;
    private readonly byte* _data;
    private readonly ulong _size;
    private ulong _position;
    private ulong _released;
    private ulong _end;
    private ulong _until;
    private int _length;

    /// <param name="memory">The ring's head, words and data.</param>
    /// <param name="size">Bytes of data, a power of two.</param>
    public ProcessorRing(byte* memory, int size)
    {
        _head = (RingHead*)memory;
        _words = (ulong*)(_head + 1);
        _size = (ulong)size;
        _data = (byte*)(_words + size / Limits.BlockBytes);
        _position = _released = _head->Consumed;
    }

    /// <summary>Bytes that are taken and not given back.</summary>
    public long UnreadBytes
    {
        get
        {
            // The reader's position first: the other can only have grown since.
            ulong consumed = Volatile.Read(ref _head->Consumed);
            return (long)(Volatile.Read(ref _head->Produced) - consumed);
        }
    }

    /// <summary>The time of the record that is next; <see cref="Nothing"/> without one.</summary>
    public ulong NextTime { get; private set; } = Nothing;

    /// <summary>Bytes of a ring's memory: head, words, data, and room for the longest record behind it.</summary>
    public static int MemorySize(int size) => Unsafe.SizeOf<RingHead>() + size / Limits.BlockBytes * sizeof(ulong) + size + Limits.RingSlack;

    /// <summary>Begins a pass over what is there now and was recorded up to a time.</summary>
    public void Open(ulong until)
    {
        _until = until;
        _end = Volatile.Read(ref _head->Produced);
        Look();
    }

    /// <summary>Hands over records, one at least, as long as they are not younger than another ring's next.</summary>
    /// <returns>How many.</returns>
    public int Read(Bpf.RecordHandler handler, ulong notAfter, int max)
    {
        int count = 0;
        do
        {
            var record = new ReadOnlySpan<byte>(_data + (_position & (_size - 1)), _length);
            _position += ((ulong)_length + BlockMask) & ~BlockMask;
            count++;
            handler(record);
            if (_position - _released >= _size / 8)
            {
                // Often enough for a writer that fights for room, seldom enough that the cache line is not torn to and fro.
                Release();
            }

            Look();
        }
        while (NextTime <= notAfter && NextTime != Nothing && count < max);
        return count;
    }

    /// <summary>Gives back what was read.</summary>
    public void Release()
    {
        if (_released != _position)
        {
            Volatile.Write(ref _head->Consumed, _position);
            _released = _position;
        }
    }

    /// <summary>Looks whether the next record is whole; its word holds its position then, and nothing that stood there before does.</summary>
    private void Look()
    {
        NextTime = Nothing;
        if (_position >= _end)
        {
            return;
        }

        ulong place = _position & (_size - 1);
        ulong word = Volatile.Read(ref _words[place / Limits.BlockBytes]);
        _length = (int)(word & ((1 << Limits.CommitBits) - 1));
        if (_length == 0 || word >> Limits.CommitBits != (_position & (ulong.MaxValue >> Limits.CommitBits)))
        {
            return;
        }

        ulong time = *(ulong*)(_data + place + sizeof(ulong));
        NextTime = time <= _until ? time : Nothing;
    }
}
