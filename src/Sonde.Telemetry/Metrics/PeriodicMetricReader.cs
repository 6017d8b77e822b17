namespace Sonde.Telemetry.Metrics;

/// <summary>Asks the sources for their points at regular times and has them sent.</summary>
public sealed class PeriodicMetricReader : IMetricReader
{
    private static readonly TimeSpan s_disposeLimit = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<IMetricSource> _sources;
    private readonly IMetricExporter _exporter;
    private readonly MetricReaderSettings _settings;
    private readonly TimeProvider _clock;
    private readonly DeltaConverter _deltas = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    /// <summary>Starts the reader; the first collection is made after the interval.</summary>
    /// <param name="sources">Asked in this order.</param>
    /// <param name="exporter">Owned.</param>
    /// <param name="settings">When, and what temporality.</param>
    /// <param name="clock">The time of the points and of the interval.</param>
    public PeriodicMetricReader(
        IReadOnlyList<IMetricSource> sources, IMetricExporter exporter, MetricReaderSettings settings, TimeProvider clock)
    {
        _sources = sources;
        _exporter = exporter;
        _settings = settings;
        _clock = clock;
        _reading = Task.Run(ReadAsync);
    }

    /// <inheritdoc/>
    /// <remarks>Collects and sends now.</remarks>
    public async Task<bool> FlushAsync(TimeSpan within)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(within);
        return await ExportAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>Collects and sends a last time, for 5 seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        // An export that is under way is given up: the last collection holds all that it does.
        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        using (var limit = new CancellationTokenSource(s_disposeLimit))
        {
            await ExportAsync(limit.Token).ConfigureAwait(false);
        }

        _exporter.Dispose();
        _stop.Dispose();
        _one.Dispose();
    }

    private async Task ReadAsync()
    {
        using var timer = new PeriodicTimer(_settings.Interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                limit.CancelAfter(_settings.ExportTimeout);
                await ExportAsync(limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task<bool> ExportAsync(CancellationToken giveUp)
    {
        try
        {
            await _one.WaitAsync(giveUp).ConfigureAwait(false);
            try
            {
                bool taken = await _exporter.ExportAsync(Collect(), giveUp).ConfigureAwait(false);
                if (taken)
                {
                    _deltas.Commit();
                }

                return taken;
            }
            finally
            {
                _one.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private MetricCollection Collect()
    {
        var collected = new MetricCollection(UnixTime.Of(_clock));
        foreach (IMetricSource source in _sources)
        {
            source.Collect(collected);
        }

        Temporality counters = _settings.Temporality == TemporalityPreference.Delta ? Temporality.Delta : Temporality.Cumulative;
        Temporality histograms = _settings.Temporality == TemporalityPreference.Cumulative ? Temporality.Cumulative : Temporality.Delta;
        var collection = new MetricCollection(collected.Time) { CounterTemporality = counters, HistogramTemporality = histograms };
        foreach (MetricPoint point in collected.Points)
        {
            Temporality wanted = point.Instrument.Kind switch
            {
                InstrumentKind.Counter => counters,
                InstrumentKind.Histogram => histograms,
                _ => Temporality.Cumulative,
            };
            if ((wanted == Temporality.Delta ? _deltas.Convert(point, collected.Time) : point) is { } converted)
            {
                collection.Add(converted);
            }
        }

        return collection;
    }
}
