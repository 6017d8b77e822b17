using System.Globalization;
using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Agent.Doctor;
using Sonde.Bpf;
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
    /// The same, and attaching probes, which comes after: to libraries that are mapped later, exactly those files (<c>/proc/PID/map_files</c>).
    /// </summary>
    private static readonly CapabilitySet KeptByProbes =
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
        ProbeSet? probes = PrepareProbes(settings);
        ProcessCapabilities.DropAllExcept(probes is null ? KeptCapabilities : KeptFor(settings.Probes));
        return (exporters, ready, cancellationToken) => RunAsync(settings, tracer, probes, processes, sink, exporters, ready, cancellationToken);
    }

    /// <summary>What probes need, the addresses of the kernel's symbols for those of the user's own, and what this kernel asks for beyond CAP_PERFMON.</summary>
    private static CapabilitySet KeptFor(ProbeSettings probes)
    {
        CapabilitySet names = probes.Set.Folder is null ? default : CapabilitySet.Of(Capability.Syslog);
        CapabilitySet events = PerfEvents.NeedAdministrator ? CapabilitySet.Of(Capability.SysAdmin) : default;
        return new(KeptByProbes.Bits | names.Bits | events.Bits);
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
        SondeSettings settings, Tracer loaded, ProbeSet? probes, ProcessCatalog processes, LaterSink sink, IReadOnlyList<ISpanExporter> exporters, Action<string> ready,
        CancellationToken cancellationToken)
    {
        using Tracer tracer = loaded;
        using ProbeSet? running = probes;
        await using var output = new RequestOutput(settings, exporters, probes?.Metrics);
        sink.Target = output;
        output.Observe(tracer.Figures, processes);
        ready(string.Create(CultureInfo.InvariantCulture, $"tracing {string.Join(", ", settings.Tracing.Protocols)} by {tracer.Figures.Tap}"));
        Task probing = running is null ? Task.CompletedTask : RunProbesAsync(running, cancellationToken);
        await Task.Factory.StartNew(
            () => tracer.Run(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await probing.ConfigureAwait(false);
        // Before the tracer and the probes go: their figures are among what is sent last.
        await output.CloseAsync(Grace).ConfigureAwait(false);
    }

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
    private static ProbeSet? PrepareProbes(SondeSettings settings)
    {
        if (settings.Export.Metrics.Count == 0)
        {
            return null;
        }

        var probes = new ProbeSet(settings.Probes.Set, MetricOutput.CreateProbes(settings), new SessionSettings(), Notice.Write);
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
