using Sonde.Telemetry.Resources;

namespace Sonde.Telemetry.Metrics;

/// <summary>Sonde's own figures, <c>sonde.*</c>: each part registers a function that is read at every collection, on the reader's thread.</summary>
/// <param name="resource">Sonde itself.</param>
/// <param name="clock">Since when the counters count: now.</param>
public sealed class OwnMetrics(Resource resource, TimeProvider clock) : IMetricSource
{
    private readonly ulong _start = UnixTime.Of(clock);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Instrument> _instruments = [];
    private readonly List<(Instrument Instrument, PointAttributes Attributes, Func<Number> Read)> _series = [];

    /// <summary>Registers a sum that only grows and began at zero with Sonde.</summary>
    /// <param name="name">The metric's name; several series of one name differ in their attributes.</param>
    /// <param name="unit">The unit in UCUM's notation, such as <c>{span}</c>.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="read">The sum now; called from the reader's thread.</param>
    /// <param name="attributes">What tells the series from others of the name.</param>
    /// <exception cref="ArgumentException">The name is taken by a metric of another kind or unit.</exception>
    public void AddCounter(string name, string unit, string description, Func<long> read, PointAttributes? attributes = null) =>
        Add(name, unit, description, InstrumentKind.Counter, () => read(), attributes);

    /// <inheritdoc cref="AddCounter(string, string, string, Func{long}, PointAttributes?)"/>
    public void AddCounter(string name, string unit, string description, Func<double> read, PointAttributes? attributes = null) =>
        Add(name, unit, description, InstrumentKind.Counter, () => read(), attributes);

    /// <summary>Registers an amount that may be added up over machines, such as a queue's length.</summary>
    /// <inheritdoc cref="AddCounter(string, string, string, Func{long}, PointAttributes?)"/>
    public void AddUpDownCounter(string name, string unit, string description, Func<long> read, PointAttributes? attributes = null) =>
        Add(name, unit, description, InstrumentKind.UpDownCounter, () => read(), attributes);

    /// <summary>Registers a value that makes no sense added up.</summary>
    /// <inheritdoc cref="AddCounter(string, string, string, Func{long}, PointAttributes?)"/>
    public void AddGauge(string name, string unit, string description, Func<double> read, PointAttributes? attributes = null) =>
        Add(name, unit, description, InstrumentKind.Gauge, () => read(), attributes);

    /// <inheritdoc/>
    public void Collect(MetricCollection collection)
    {
        lock (_lock)
        {
            foreach ((Instrument instrument, PointAttributes attributes, Func<Number> read) in _series)
            {
                collection.Add(instrument, resource, attributes, read(), instrument.Kind == InstrumentKind.Gauge ? 0 : _start);
            }
        }
    }

    private void Add(
        string name, string unit, string description, InstrumentKind kind, Func<Number> read, PointAttributes? attributes)
    {
        lock (_lock)
        {
            if (!_instruments.TryGetValue(name, out Instrument? instrument))
            {
                instrument = new Instrument { Name = name, Unit = unit, Description = description, Kind = kind };
                _instruments.Add(name, instrument);
            }
            else if (instrument.Kind != kind || instrument.Unit != unit)
            {
                throw new ArgumentException($"{name} is a {instrument.Kind} in {instrument.Unit} already.", nameof(name));
            }

            _series.Add((instrument, attributes ?? PointAttributes.None, read));
        }
    }
}
