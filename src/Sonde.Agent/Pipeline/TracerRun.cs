using System.Globalization;
using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Agent.Doctor;
using Sonde.Bpf;
using Sonde.Bpf.Mappings;
using Sonde.Bpf.Privileges;
using Sonde.Discovery;
using Sonde.Probes.Metrics;
using Sonde.Probes.Running;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Spans;
using Sonde.Tracing;
using Sonde.Tracing.Requests;

namespace Sonde.Agent.Pipeline;

/// <summary>Puts the parts together: the tracer, whose processes those are, and where the spans and metrics go.</summary>
internal static class TracerRun
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    /// <summary>On a saturated machine the observed go first; a quarter of a processor is left for Sonde, and it needs less.</summary>
    private const int Nice = 5;

    /// <summary>
    /// What is still needed once everything is loaded: making passes over maps, reading what processes say of themselves, and coming
    /// back to an ordinary turn after letting others go first.
    /// </summary>
    private static readonly CapabilitySet KeptCapabilities =
        CapabilitySet.Of(Capability.Bpf, Capability.SysPtrace, Capability.DacReadSearch, Capability.SysNice);

    /// <summary>
    /// The same, and attaching probes and to TLS libraries, which comes after: to those that are mapped later, exactly those files
    /// (<c>/proc/PID/map_files</c>).
    /// </summary>
    private static readonly CapabilitySet KeptToAttach =
        CapabilitySet.Of(
            Capability.Bpf, Capability.PerfMon, Capability.SysPtrace, Capability.DacReadSearch, Capability.CheckpointRestore, Capability.SysNice);


    /// <inheritdoc cref="LoadTracer"/>
    public static RunTracer Load(SondeSettings settings)
    {
        ProcessPriority.Lower(Nice);
        Diagnosis diagnosis = Examination.Examine();
        if (!diagnosis.CanRun)
        {
            throw new CannotRunException(diagnosis.Sentence);
        }

        ProcessCatalog processes = new(settings.Discovery);
        var sink = new LaterSink();
        Tracer tracer = Load(settings, processes, sink);
        SharedMappedFiles files = new();
        ProbeSet? probes = PrepareProbes(settings, files);
        ProcessCapabilities.DropAllExcept(KeptFor(settings, probes is not null));
        return (exporters, ready, cancellationToken) => RunAsync(settings, tracer, probes, files, processes, sink, exporters, ready, cancellationToken);
    }

    /// <summary>What attaching needs, the addresses of the kernel's symbols for probes of the user's own, and what this kernel asks for beyond CAP_PERFMON.</summary>
    private static CapabilitySet KeptFor(SondeSettings settings, bool hasProbes)
    {
        if (!hasProbes && !settings.Tracing.Tls)
        {
            return KeptCapabilities;
        }

        CapabilitySet names = hasProbes && settings.Probes.Set.Folder is not null ? CapabilitySet.Of(Capability.Syslog) : default;
        CapabilitySet events = PerfEvents.NeedAdministrator ? CapabilitySet.Of(Capability.SysAdmin) : default;
        return new(KeptToAttach.Bits | names.Bits | events.Bits);
    }

    /// <summary>Loads the tracer and lets go of it, for the doctor.</summary>
    /// <returns>What the kernel refused, or null.</returns>
    public static BpfException? Try()
    {
        try
        {
            using var tracer = new Tracer(new TracingSettings(), new ProcessCatalog(new DiscoverySettings()), NoOutput.Instance);
            return null;
        }
        catch (BpfException refusal)
        {
            return refusal;
        }
    }

    private static async Task RunAsync(
        SondeSettings settings, Tracer loaded, ProbeSet? probes, SharedMappedFiles mapped, ProcessCatalog processes, LaterSink sink, IReadOnlyList<ISpanExporter> exporters,
        Action<string> ready, CancellationToken cancellationToken)
    {
        using Tracer tracer = loaded;
        using SharedMappedFiles files = mapped;
        using ProbeSet? running = probes;
        await using var output = new RequestOutput(settings, exporters, probes?.Metrics);
        sink.Target = output;
        output.Observe(tracer.Figures, processes);
        ready(string.Create(CultureInfo.InvariantCulture, $"tracing {string.Join(", ", settings.Tracing.Protocols)} by {tracer.Figures.Tap}"));
        Task<IDisposable?> watching = settings.Tracing.Tls ? WatchLibrariesAsync(tracer, files) : Task.FromResult<IDisposable?>(null);
        Task probing = running is null ? Task.CompletedTask : RunProbesAsync(running, cancellationToken);
        await Task.Factory.StartNew(
            () => tracer.Run(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await probing.ConfigureAwait(false);
        (await watching.ConfigureAwait(false))?.Dispose();
        // Before the tracer and the probes go: their figures are among what is sent last.
        await output.CloseAsync(Grace).ConfigureAwait(false);
    }

    /// <summary>Attaches to TLS libraries, on a thread of its own beside the tracer: requests are not to wait for it.</summary>
    private static Task<IDisposable?> WatchLibrariesAsync(Tracer tracer, SharedMappedFiles files) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                return tracer.WatchLibraries(files, Notice.Write);
            }
            catch (BpfException refusal)
            {
                Notice.Write($"Encrypted requests are not read: {refusal.Message}");
                return null;
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Compiles and attaches the probes, on a thread of its own beside the tracer: that takes longer than all the rest of the start, and
    /// requests are not to wait for it.
    /// </summary>
    private static async Task RunProbesAsync(ProbeSet probes, CancellationToken cancellationToken)
    {
        await Task.Factory.StartNew(
            () => probes.Load(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (!cancellationToken.IsCancellationRequested)
        {
            Notice.Write(string.Create(CultureInfo.InvariantCulture, $"{probes.Names.Count} probes are on after {Notice.SinceStart.TotalMilliseconds:0} ms"));
        }

        await probes.WatchAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null when nobody wants metrics.</summary>
    private static ProbeSet? PrepareProbes(SondeSettings settings, SharedMappedFiles files)
    {
        if (settings.Export.Metrics.Count == 0)
        {
            return null;
        }

        var probes = new ProbeSet(settings.Probes.Set, MetricOutput.CreateProbes(settings), new SessionSettings { MappedFiles = files }, Notice.Write);
        probes.Prepare();
        return probes;
    }

    private static Tracer Load(SondeSettings settings, ProcessCatalog processes, LaterSink sink)
    {
        try
        {
            return new Tracer(settings.Tracing, processes, sink);
        }
        catch (BpfLoadException refusal)
        {
            string lines = string.Join("\n  ", refusal.LastLines);
            throw new CannotRunException($"{refusal.Message}\n  {lines}\nThe whole log: sonde doctor --verbose");
        }
        catch (BpfException refusal)
        {
            throw new CannotRunException(refusal.Message);
        }
    }

    /// <summary>Stands for the output, which has threads and so comes after loading. No request is finished before the tracer runs.</summary>
    private sealed class LaterSink : IRequestSink
    {
        public IRequestSink Target { get; set; } = NoOutput.Instance;

        public void Finished(SpanData span) => Target.Finished(span);
    }
}
