using Sonde.Probes.Linq.Results;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq;

/// <summary>
/// Events that are added up in the kernel. It runs from <see cref="Start"/>, or the first reading, until it is disposed. Each event is
/// counted exactly once, also while it is read. For any thread.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">What events are added up to.</typeparam>
public sealed class KernelAggregation<TKey, TValue> : IDisposable
    where TKey : notnull
{
    private readonly Func<MapCell, TValue> _read;
    private readonly Dictionary<TKey, Total> _totals = [];
    private readonly Lock _lock = new();
    private RunningQuery? _running;
    private bool _isDisposed;

    internal KernelAggregation(AggregationQuery query, Func<MapCell, TValue> read) => (Query, _read) = (query, read);

    /// <summary>How many events found no room for their key.</summary>
    /// <exception cref="ProbeException">The query had not been started, and cannot run on this kernel.</exception>
    public long Refused
    {
        get
        {
            lock (_lock)
            {
                return Started(null).Refused;
            }
        }
    }

    internal AggregationQuery Query { get; }

    /// <summary>Gets what each reading takes out of the kernel, with the parts of its key, on the thread that reads.</summary>
    internal event Action<object?[], MapCell>? Taken;

    /// <summary>Compiles the query for this kernel and attaches it; does nothing when it runs already.</summary>
    /// <param name="settings">What is shared with other sessions; null to share nothing.</param>
    /// <exception cref="ProbeException">The query cannot be compiled, or not for this kernel: the message has the expression or the property, and the reason.</exception>
    public void Start(SessionSettings? settings = null)
    {
        lock (_lock)
        {
            Started(settings);
        }
    }

    /// <summary>All that was counted since the start, by key. Takes some ten milliseconds.</summary>
    /// <exception cref="ProbeException">The query had not been started, and cannot run on this kernel.</exception>
    public IReadOnlyDictionary<TKey, TValue> Read()
    {
        lock (_lock)
        {
            Take();
            return _totals.ToDictionary(each => each.Key, each => _read(each.Value.Cell));
        }
    }

    /// <summary>Detaches; nothing is left in the kernel.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _running?.Dispose();
            _running = null;
        }
    }

    /// <summary>The same, with the parts of each key.</summary>
    internal IReadOnlyList<(object?[] Parts, TValue Value)> ReadParts()
    {
        lock (_lock)
        {
            Take();
            return [.. _totals.Values.Select(each => (each.Parts, _read(each.Cell)))];
        }
    }

    /// <summary>Takes out of the kernel what came since the last time.</summary>
    internal void Take()
    {
        lock (_lock)
        {
            foreach (MapRow row in Started(null).Take())
            {
                if (row.IsRefused)
                {
                    // It belongs to no key: Refused counts it.
                    continue;
                }

                object?[] parts = Query.Key.Values(row.Key, _running!.Map.KeyTypes);
                TKey key = (TKey)Query.Key.Make(parts)!;
                MapCell cell = _totals.TryGetValue(key, out Total before) ? Cells.Plus(before.Cell, row.Cell, Query.Kind) : row.Cell;
                _totals[key] = new(parts, cell);
                Taken?.Invoke(parts, row.Cell);
            }
        }
    }

    private RunningQuery Started(SessionSettings? settings)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _running ??= RunningQuery.Start(Query, settings);
    }

    private readonly record struct Total(object?[] Parts, MapCell Cell);
}
