using Sonde.Probes.Attach;
using Sonde.Probes.Metrics.Decoders;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Resources;

namespace Sonde.Probes.Metrics;

/// <summary>The metrics of all probes that run, and what the probes themselves lose and cost. Probes come and go while it is read.</summary>
/// <param name="own">Sonde itself.</param>
/// <param name="settings">How many series a metric may have, and for how long.</param>
/// <param name="processes">Whose a process is; null when no series is to carry another resource. Asked on the reader's thread.</param>
/// <param name="clock">Since when counters count.</param>
public sealed class ProbeMetrics(Resource own, SeriesSettings settings, IProcessCatalog? processes, TimeProvider clock) : IMetricSource
{
    private static readonly Instrument s_refused = Figure("sonde.probe.keys.refused", "{key}", "Times that a key found no room in a probe's map.");
    private static readonly Instrument s_lost = Figure("sonde.probe.events.lost", "{event}", "Events of a probe that did not fit in the ring buffer.");
    private static readonly Instrument s_missed = Figure("sonde.probe.recursion.misses", "{run}", "Runs of a probe that the kernel left out since it was running already.");
    private static readonly Instrument s_runs = Figure("sonde.probe.runs", "{run}", "Runs of a probe's programs, while BPF statistics are on.");
    private static readonly Instrument s_duration = Figure("sonde.probe.duration", "s", "Time in a probe's programs, while BPF statistics are on.");

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Running> _probes = [];

    /// <summary>Of probes that have ended: told as they stand until they count as not moved for too long.</summary>
    private readonly List<MapMetricSource> _ended = [];

    /// <summary>Sonde itself.</summary>
    public Resource Own => own;

    /// <summary>Whether a series with <c>process.pid</c> is reported under that process's resource without being told to.</summary>
    public bool LendsResources { get; init; }

    /// <summary>
    /// Adds a probe that has begun to run. One of its name is stopped, and what it counted last is taken; a metric that both have goes on.
    /// </summary>
    /// <param name="file">What its maps become.</param>
    /// <param name="program">What runs.</param>
    /// <param name="symbols">Names addresses.</param>
    /// <param name="counts">Its maps; not to be disposed of before <see cref="Remove"/>, or another of the name, has come.</param>
    /// <param name="types">The kernel's types; not asked afterwards.</param>
    /// <exception cref="ProbeFileException">A map of the program does not yield the metric that the file says.</exception>
    public void Add(ProbeFile file, ProbeProgram program, ISymbols symbols, IProbeCounts counts, IKernelTypes types)
    {
        ulong now = (ulong)(clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var context = new DecoderContext(symbols, types, processes) { LendsResources = LendsResources };
        var sources = new List<(string, MapMetricSource)>();
        foreach (MapMetric metric in file.Metrics)
        {
            try
            {
                sources.Add((metric.Map, new MapMetricSource(metric, program, context, own, settings, now)));
            }
            catch (ProbeException exception)
            {
                throw new ProbeFileException($"{file.Path}:{metric.Line}:{metric.Column}: {exception.Message}", exception);
            }
        }

        lock (_lock)
        {
            if (_probes.Remove(file.Name, out Running? before))
            {
                before.Counts.Stop();
                // While both ran they counted the same: that stays with the one before.
                _ = counts.Take();
                TakeLast(before);
            }

            foreach ((_, MapMetricSource source) in sources)
            {
                _ended.Where(source.HasNameOf).ToList().ForEach(source.GoOnFrom);
                _ended.RemoveAll(source.HasNameOf);
            }

            _probes.Add(file.Name, new Running(counts, sources, now, new PointAttributes([new("sonde.probe.name", file.Name)])));
        }
    }

    /// <summary>Stops a probe and takes what it counted last. Its series are told until they have not moved for too long.</summary>
    public void Remove(string name)
    {
        lock (_lock)
        {
            if (_probes.Remove(name, out Running? probe))
            {
                probe.Counts.Stop();
                TakeLast(probe);
            }
        }
    }

    /// <inheritdoc/>
    public void Collect(MetricCollection collection)
    {
        lock (_lock)
        {
            foreach (Running probe in _probes.Values)
            {
                Collect(probe, collection);
            }

            _ended.ForEach(source => source.Collect(collection));
            _ended.RemoveAll(source => source.IsEmpty);
        }
    }

    private static Instrument Figure(string name, string unit, string description) =>
        new() { Name = name, Unit = unit, Description = description, Kind = InstrumentKind.Counter };

    private void Collect(Running probe, MetricCollection collection)
    {
        Take(probe);
        foreach ((_, MapMetricSource source) in probe.Sources)
        {
            source.Collect(collection);
        }

        ProbeCosts costs = probe.Counts.Costs;
        void Add(Instrument instrument, Number value) => collection.Add(instrument, own, probe.Attributes, value, probe.StartTime);
        Add(s_refused, costs.RefusedKeys);
        Add(s_lost, costs.LostEvents);
        Add(s_missed, costs.RecursionMisses);
        Add(s_runs, costs.Runs);
        Add(s_duration, costs.RunTime.TotalSeconds);
    }

    private static void Take(Running probe)
    {
        IReadOnlyList<MapSnapshot> snapshots = probe.Counts.Take();
        foreach ((string map, MapMetricSource source) in probe.Sources)
        {
            source.Add(snapshots.FirstOrDefault(candidate => candidate.Map.Name == map));
        }
    }

    private void TakeLast(Running probe)
    {
        Take(probe);
        _ended.AddRange(probe.Sources.Select(each => each.Source));
    }

    private sealed record Running(IProbeCounts Counts, IReadOnlyList<(string Map, MapMetricSource Source)> Sources, ulong StartTime, PointAttributes Attributes);
}
