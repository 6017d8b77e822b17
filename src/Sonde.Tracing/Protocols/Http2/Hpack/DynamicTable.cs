namespace Sonde.Tracing.Protocols.Http2.Hpack;

/// <summary>The fields that one side has put into its dynamic table (RFC 7541, section 2.3.2), as far as they were seen.</summary>
/// <remarks>
/// <para>Places count from the newest field back. So a place always means the same field, however many older ones were never
/// seen: who joins in the middle knows what was put in since, and of what lies behind it knows that it does not know it. The same
/// holds after a loss, which makes everything older unknown.</para>
/// <para>Only the values of fields that Sonde reads are kept; of the others the size, which decides what is evicted.</para>
/// </remarks>
internal sealed class DynamicTable
{
    /// <summary>Before anything else is agreed on (RFC 9113, section 6.5.2).</summary>
    public const int DefaultMaxSize = 4096;

    /// <summary>Nobody's table is followed further than this; what lies behind is unknown.</summary>
    public const int Bound = 65_536;

    /// <summary>What an entry costs beside its bytes (section 4.1).</summary>
    private const int Overhead = 32;

    // The length is a power of two; the newest entry stands before _next.
    private Entry[] _entries = [];
    private int _next;
    private byte[] _values = [];

    /// <summary>The value that stands first in <see cref="_values"/> does so as the number of all that were stored before it.</summary>
    private uint _base;
    private uint _end;

    /// <summary>How many entries are known.</summary>
    public int Count { get; private set; }

    /// <summary>The size of the known entries (section 4.1).</summary>
    public int Size { get; private set; }

    public int MaxSize { get; private set; } = DefaultMaxSize;

    /// <summary>Makes the table as new.</summary>
    public void Reset()
    {
        Forget();
        MaxSize = DefaultMaxSize;
        if (_values.Length > DefaultMaxSize)
        {
            _values = [];
            _entries = [];
        }
    }

    /// <summary>It is no longer known what is in it; what comes is.</summary>
    public void Forget()
    {
        (Count, Size, _next) = (0, 0, 0);
        (_base, _end) = (0, 0);
    }

    /// <summary>Changes the size (section 4.3).</summary>
    public void Resize(int maxSize)
    {
        MaxSize = Math.Min(maxSize, Bound);
        EvictTo(MaxSize);
    }

    /// <summary>The field at a place behind the static table, from 0 for the newest; false when it is not known.</summary>
    public bool TryGet(int index, out FieldName name, out int nameLength, out ReadOnlySpan<byte> value)
    {
        if (index >= Count)
        {
            (name, nameLength) = (FieldName.Unknown, 0);
            value = default;
            return false;
        }

        ref readonly Entry entry = ref _entries[(_next - 1 - index) & (_entries.Length - 1)];
        (name, nameLength) = (entry.Name, entry.NameLength);
        value = _values.AsSpan((int)(entry.Position - _base), entry.ValueLength);
        return true;
    }

    /// <summary>Puts a field in (section 4.4).</summary>
    public void Insert(FieldName name, int nameLength, ReadOnlySpan<byte> value)
    {
        int size = nameLength + value.Length + Overhead;
        EvictTo(MaxSize - size);
        if (size > MaxSize)
        {
            return;
        }

        if (Count == _entries.Length)
        {
            Grow();
        }

        value = name > FieldName.Other ? value : default;
        _entries[_next] = new Entry(name, nameLength, size, Store(value), value.Length);
        _next = (_next + 1) & (_entries.Length - 1);
        Count++;
        Size += size;
    }

    private void EvictTo(int size)
    {
        while (Count > 0 && Size > size)
        {
            Size -= _entries[(_next - Count) & (_entries.Length - 1)].Size;
            Count--;
        }
    }

    private uint Store(ReadOnlySpan<byte> value)
    {
        uint first = Count == 0 ? _end : _entries[(_next - Count) & (_entries.Length - 1)].Position;
        if (_end - _base + value.Length > _values.Length)
        {
            // Values leave in the order in which they came: what is still needed moves to the front.
            ReadOnlySpan<byte> kept = _values.AsSpan((int)(first - _base), (int)(_end - first));
            byte[] values = kept.Length + value.Length > _values.Length / 2
                ? new byte[Math.Max(256, (kept.Length + value.Length) * 2)]
                : _values;
            kept.CopyTo(values);
            _values = values;
            _base = first;
        }

        uint position = _end;
        value.CopyTo(_values.AsSpan((int)(position - _base)));
        _end += (uint)value.Length;
        return position;
    }

    private void Grow()
    {
        var entries = new Entry[Math.Max(16, Count * 2)];
        for (int i = 0; i < Count; i++)
        {
            entries[i] = _entries[(_next - Count + i) & (_entries.Length - 1)];
        }

        _entries = entries;
        _next = Count;
    }

    private readonly record struct Entry(FieldName Name, int NameLength, int Size, uint Position, int ValueLength);
}
