namespace Sonde.Tracing.Protocols.Sql;

/// <summary>What was asked and not answered, in order; grows with what a client pipelines, up to a limit.</summary>
internal sealed class PendingQueue<T>(int capacity)
{
    private T[] _items = new T[4];
    private int _first;

    public int Count { get; private set; }

    public bool IsFull => Count == capacity;

    public ref T Front => ref this[0];

    /// <summary>Counted from the front.</summary>
    public ref T this[int index] => ref _items[(_first + index) % _items.Length];

    public void Push(in T item)
    {
        if (Count == _items.Length)
        {
            var items = new T[_items.Length * 2];
            for (int i = 0; i < Count; i++)
            {
                items[i] = this[i];
            }

            (_items, _first) = (items, 0);
        }

        Count++;
        this[Count - 1] = item;
    }

    public T Pop()
    {
        T item = Front;
        Front = default!;
        _first = (_first + 1) % _items.Length;
        Count--;
        return item;
    }
}
