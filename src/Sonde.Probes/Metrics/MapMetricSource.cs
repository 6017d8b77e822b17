using Sonde.Probes.Metrics.Decoders;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics;

/// <summary>The series of one map of a running program.</summary>
internal sealed class MapMetricSource
{
    private readonly MapMetric _metric;
    private readonly ProbeMap _map;
    private readonly Instrument _instrument;
    private readonly UnitRatio _unit;
    private readonly HistogramShape? _shape;
    private readonly KeyReader[] _keys;
    private readonly Resource _own;
    private readonly SeriesSettings _settings;
    private readonly Dictionary<SeriesKey, MetricSeries> _series = [];
    private MetricSeries? _overflow;
    private ulong _last;

    /// <param name="metric">What becomes of the map.</param>
    /// <param name="program">The program.</param>
    /// <param name="context">What decoders ask.</param>
    /// <param name="own">Sonde itself: the resource of series that ask for none.</param>
    /// <param name="settings">How many series there may be, and for how long.</param>
    /// <param name="startTime">Since when the map counts, nanoseconds since the Unix epoch.</param>
    /// <exception cref="ProbeException">The map does not yield such a metric.</exception>
    public MapMetricSource(MapMetric metric, ProbeProgram program, DecoderContext context, Resource own, SeriesSettings settings, ulong startTime)
    {
        _metric = metric;
        _map = program.Maps.FirstOrDefault(map => map.Name == metric.Map) ?? throw Refuse(
            $"the program has no map {metric.Map}; it has {string.Join(", ", program.Maps.Select(map => map.Name))}");
        if (_map.KeyTypes.Count != metric.Attributes.Count)
        {
            throw Refuse($"the key of {metric.Map} has {Parts(_map.KeyTypes.Count)}, and 'attributes' has {metric.Attributes.Count}: write one for each part");
        }

        CheckInstrument();
        _ = UnitConversion.TryFind(metric.CountedIn, metric.Unit, out _unit);
        _shape = IsHistogram ? new HistogramShape(_map.Aggregation!, metric.Range, _unit) : null;
        _instrument = new Instrument
        {
            Name = metric.Name,
            Unit = metric.Unit,
            Description = metric.Description,
            Kind = metric.Instrument,
            Bounds = _shape?.Bounds ?? [],
        };
        var text = new ValueText(program, context.Symbols, new ProbeClock(TimeProvider.System));
        _keys = [.. metric.Attributes.Zip(_map.KeyTypes, (attribute, type) => new KeyReader(attribute, type, text, context))];
        (_own, _settings, _last) = (own, settings, startTime);
    }

    private bool IsHistogram => _map.Aggregation?.Kind is AggregationKind.PowerOfTwo or AggregationKind.Linear;

    /// <summary>Whether the map is emptied as it is read; one that is assigned is read as it stands.</summary>
    private bool IsDrained => _map.Aggregation is not null;

    /// <summary>Whether there is no series.</summary>
    public bool IsEmpty => _series.Count == 0 && _overflow is null;

    /// <summary>Whether the metric has the same name.</summary>
    public bool HasNameOf(MapMetricSource other) => _metric.Name == other._metric.Name;

    /// <summary>Takes the series over of a program that has ended, where they are of the same nature.</summary>
    public void GoOnFrom(MapMetricSource ended)
    {
        if (_instrument.Kind != ended._instrument.Kind || _instrument.Unit != ended._instrument.Unit || _unit != ended._unit
            || !_instrument.Bounds.SequenceEqual(ended._instrument.Bounds))
        {
            return;
        }

        _overflow = ended._overflow;
        foreach ((SeriesKey key, MetricSeries series) in ended._series)
        {
            _series.Add(key, series);
        }
    }

    /// <summary>Adds what the map held.</summary>
    /// <param name="snapshot">Of an aggregation what came since the last time, of others what is there.</param>
    public void Add(MapSnapshot? snapshot)
    {
        foreach (MapRow row in snapshot?.Rows ?? [])
        {
            Add(row.IsRefused ? Overflow() : SeriesOf(row.Key), row.Cell);
        }
    }

    /// <summary>Adds a point for each series.</summary>
    public void Collect(MetricCollection collection)
    {
        foreach ((SeriesKey key, MetricSeries series) in _series)
        {
            if (!TryCollect(series, collection))
            {
                _series.Remove(key);
            }
        }

        if (_overflow is not null && !TryCollect(_overflow, collection))
        {
            _overflow = null;
        }

        _last = collection.Time;
    }

    private static string Parts(int count) => count == 1 ? "1 part" : $"{count} parts";

    private bool TryCollect(MetricSeries series, MetricCollection collection)
    {
        bool hasMoved = series.HasMoved;
        MetricPoint point = series.Collect(_instrument, _unit);
        if (IsDrained ? series.IdleCollections >= _settings.IdleCollections : !hasMoved)
        {
            return false;
        }

        collection.Add(point);
        return true;
    }

    private MetricSeries SeriesOf(ReadOnlySpan<byte> key)
    {
        var attributes = new List<KeyValuePair<string, object>>(_keys.Length);
        Resource resource = _own;
        for (int i = 0; i < _keys.Length; i++)
        {
            ReadOnlySpan<byte> part = ValueText.Take(ref key, _map.KeyTypes[i]);
            if (_keys[i].Read(part) is { } value)
            {
                attributes.Add(new(_keys[i].Key, value));
            }

            resource = _keys[i].ResourceOf(part) ?? resource;
        }

        var identity = new SeriesKey(resource, attributes);
        if (!_series.TryGetValue(identity, out MetricSeries? series))
        {
            if (_series.Count >= _settings.MaxSeries)
            {
                return Overflow();
            }

            // Nothing was counted between the last collection and now.
            series = new MetricSeries(resource, new PointAttributes(attributes), _last);
            _series.Add(identity, series);
        }

        return series;
    }

    private MetricSeries Overflow() => _overflow ??= new MetricSeries(_own, PointAttributes.Overflow, _last);

    private void Add(MetricSeries series, MapCell cell)
    {
        switch (cell)
        {
            case HistogramCell histogram:
                series.Add(_shape!, histogram.Buckets, histogram.Sum, histogram.Minimum, histogram.Maximum);
                break;
            case MeanCell mean when _metric.Instrument == InstrumentKind.Histogram:
                series.Add(mean.Count, mean.Total);
                break;
            case MeanCell mean:
                series.Set(MapOrder.Mean(mean));
                break;
            case NumberCell number when _metric.Instrument == InstrumentKind.Gauge:
                series.Set(number.Value);
                break;
            case NumberCell number:
                series.Add(number.Value);
                break;
            case ValueCell value:
                series.Set(ValueText.Number(value.Bytes));
                break;
        }
    }

    private void CheckInstrument()
    {
        InstrumentKind[] allowed = _map.Aggregation?.Kind switch
        {
            AggregationKind.Count => [InstrumentKind.Counter],
            AggregationKind.Sum => [InstrumentKind.Counter, InstrumentKind.UpDownCounter],
            AggregationKind.PowerOfTwo or AggregationKind.Linear => [InstrumentKind.Histogram],
            AggregationKind.Statistics => [InstrumentKind.Histogram],
            null => [InstrumentKind.Counter, InstrumentKind.UpDownCounter, InstrumentKind.Gauge],
            _ => [InstrumentKind.Gauge],
        };
        if (!allowed.Contains(_metric.Instrument))
        {
            throw Refuse($"{_metric.Map} cannot be a {Name(_metric.Instrument)}, but a {string.Join(" or ", allowed.Select(Name))}");
        }

        if (_map.Aggregation is null && _map.ValueType is not IntegerType)
        {
            throw Refuse($"the values of {_metric.Map} are no numbers");
        }

        if (_metric.Range is not null && !IsHistogram)
        {
            throw Refuse($"'range' is for hist() and lhist(), which {_metric.Map} is not");
        }
    }

    private static string Name(InstrumentKind kind) => kind.ToString().ToLowerInvariant();

    private static ProbeException Refuse(string message) => new(message, SourceSpan.None);

    /// <summary>What tells series apart.</summary>
    private readonly struct SeriesKey(Resource resource, List<KeyValuePair<string, object>> attributes) : IEquatable<SeriesKey>
    {
        private readonly Resource _resource = resource;
        private readonly List<KeyValuePair<string, object>> _attributes = attributes;

        public bool Equals(SeriesKey other) => ReferenceEquals(_resource, other._resource) && _attributes.SequenceEqual(other._attributes);

        public override bool Equals(object? obj) => obj is SeriesKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (KeyValuePair<string, object> attribute in _attributes)
            {
                hash.Add(attribute.Value);
            }

            return hash.ToHashCode();
        }
    }
}
