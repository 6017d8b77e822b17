using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Metrics;

/// <summary>
/// Counts all requests, sampled or not, in the duration histograms of the semantic conventions, a series for each resource
/// and each set of the attributes that go on the metric. Recording does not allocate once a series is there.
/// </summary>
public sealed class RequestMetrics : IMetricSource
{
    /// <summary>How many series are collected before the tracer may have the lock again: some tens of microseconds.</summary>
    private const int Slice = 64;

    private readonly Resource _own;
    private readonly SeriesSettings _settings;
    private readonly Lock _lock = new();
    private readonly Dictionary<RequestInstrument, RequestMetric> _metrics = [];
    private readonly Dictionary<(string Service, RequestMetric Metric), ServiceTotals> _services = [];
    private readonly List<RequestSeries> _series = [];
    private RequestSeries?[] _table = new RequestSeries?[256];
    private ulong _lastCollection;

    /// <param name="own">Sonde itself: what goes beyond the limit of series is reported under it.</param>
    /// <param name="settings">How many series there may be, and for how long.</param>
    /// <param name="clock">Since when the histograms count: now.</param>
    public RequestMetrics(Resource own, SeriesSettings settings, TimeProvider clock)
    {
        _own = own;
        _settings = settings;
        _lastCollection = UnixTime.Of(clock);
    }

    /// <summary>Counts a finished request; one without instrument or resource is left out. Called on the tracer's thread.</summary>
    public void Record(SpanData span)
    {
        if (span.Instrument is not { } instrument || span.Resource is not { } resource)
        {
            return;
        }

        ulong nanoseconds = span.EndTime > span.StartTime ? span.EndTime - span.StartTime : 0;
        uint hash = RequestSeries.HashOf(span);
        lock (_lock)
        {
            RequestSeries? series = _table[hash % (uint)_table.Length];
            while (series is not null && !(series.Hash == hash && series.Holds(span)))
            {
                series = series.Next;
            }

            series ??= Add(span, instrument, resource, hash);
            series.Record(span, nanoseconds);
        }
    }

    /// <inheritdoc/>
    public void Collect(MetricCollection collection)
    {
        // From the end, so that a removed series can be replaced by the last one, which has been collected already.
        for (int i = int.MaxValue; i > 0;)
        {
            lock (_lock)
            {
                i = Math.Min(i, _series.Count);
                for (int end = Math.Max(0, i - Slice); i > end; i--)
                {
                    RequestSeries series = _series[i - 1];
                    MetricPoint point = series.Collect();
                    if (series.IdleCollections < _settings.IdleCollections)
                    {
                        collection.Add(point);
                    }
                    else
                    {
                        Remove(i - 1);
                    }
                }
            }
        }

        lock (_lock)
        {
            _lastCollection = collection.Time;
        }
    }

    /// <summary>What each service did so far, for a view of services. What went beyond the limit of series is not in it.</summary>
    public IReadOnlyList<ServiceRequests> Services()
    {
        lock (_lock)
        {
            return [.. _services.Values.Select(service => service.View())];
        }
    }

    private RequestSeries Add(SpanData span, RequestInstrument instrument, Resource resource, uint hash)
    {
        if (!_metrics.TryGetValue(instrument, out RequestMetric? metric))
        {
            metric = new RequestMetric(instrument);
            _metrics.Add(instrument, metric);
        }

        if (metric.SeriesCount >= _settings.MaxSeries)
        {
            if (metric.Overflow is null)
            {
                metric.Overflow = new RequestSeries(metric, _own, _lastCollection);
                _series.Add(metric.Overflow);
            }

            return metric.Overflow;
        }

        if (_series.Count >= _table.Length)
        {
            GrowTable();
        }

        if (!_services.TryGetValue((resource.ServiceName, metric), out ServiceTotals? service))
        {
            service = new ServiceTotals(resource.ServiceName, metric.Instrument.Name);
            _services.Add((resource.ServiceName, metric), service);
        }

        // Nothing was counted between the last collection and now.
        var series = new RequestSeries(metric, resource, span, hash, _lastCollection) { Service = service };
        metric.SeriesCount++;
        service.SeriesCount++;
        _series.Add(series);
        Link(series);
        return series;
    }

    private void Remove(int index)
    {
        RequestSeries series = _series[index];
        _series[index] = _series[^1];
        _series.RemoveAt(_series.Count - 1);
        if (series == series.Metric.Overflow)
        {
            series.Metric.Overflow = null;
            return;
        }

        Unlink(series);
        series.Metric.SeriesCount--;
        if (--series.Service!.SeriesCount == 0)
        {
            _services.Remove((series.Resource.ServiceName, series.Metric));
        }
    }

    private void Link(RequestSeries series)
    {
        ref RequestSeries? head = ref _table[series.Hash % (uint)_table.Length];
        series.Next = head;
        head = series;
    }

    private void Unlink(RequestSeries series)
    {
        ref RequestSeries? head = ref _table[series.Hash % (uint)_table.Length];
        if (head == series)
        {
            head = series.Next;
            return;
        }

        RequestSeries before = head!;
        while (before.Next != series)
        {
            before = before.Next!;
        }

        before.Next = series.Next;
    }

    private void GrowTable()
    {
        _table = new RequestSeries?[_table.Length * 2];
        foreach (RequestSeries series in _series)
        {
            if (series != series.Metric.Overflow)
            {
                Link(series);
            }
        }
    }
}
