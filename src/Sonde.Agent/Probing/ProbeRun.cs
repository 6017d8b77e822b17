using Sonde.Agent.Commands;
using Sonde.Agent.Configuration;
using Sonde.Agent.Pipeline;
using Sonde.Bpf;
using Sonde.Bpf.Features;
using Sonde.Probes;
using Sonde.Probes.Attach;
using Sonde.Probes.Code;
using Sonde.Probes.Metrics;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Otlp;

namespace Sonde.Agent.Probing;

/// <summary>Runs one program as bpftrace does: until it ends itself, its process ends, or somebody asks it to.</summary>
internal static class ProbeRun
{
    /// <summary>The maps of a program that has no file become metrics of this name and their own.</summary>
    private const string MetricPrefix = "probe";

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    /// <summary>Prints the instructions.</summary>
    /// <returns>The exit status.</returns>
    public static int Emit(ProbeRequest request) => Guard(request, () =>
    {
        using var output = new StreamWriter(StandardOutput.Open());
        var kernel = new Kernel();
        using var points = new MachineAttachPoints(kernel);
        output.Write(Listing.Of(Compile(request, kernel, points, request.ProcessId, isMetric: false)));
        return ExitStatus.Good;
    });

    /// <summary>Runs it.</summary>
    /// <param name="request">What.</param>
    /// <param name="export">Where the maps are sent as metrics; null when they are printed.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(ProbeRequest request, SondeSettings? export)
    {
        using var interruption = new Interruption();
        await using MetricOutput? metrics = export is null ? null : new MetricOutput(WithOtlp(export), MetricOutput.CreateProbes(export));
        int status = await Task.Factory.StartNew(
            () => Guard(request, () => Run(request, metrics, interruption.Token)),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        return status;
    }

    private static SondeSettings WithOtlp(SondeSettings settings) => settings.Export.Metrics.Count > 0
        ? settings
        : settings with { Export = settings.Export with { Metrics = [new OtlpExporter()] } };

    private static int Run(ProbeRequest request, MetricOutput? metrics, CancellationToken cancellation)
    {
        var kernel = new Kernel();
        using ProbedCommand? command = request.Command is { } line ? ProbedCommand.Start(ShellWords.Split(line)) : null;
        int? process = command?.ProcessId ?? request.ProcessId;
        using var points = new MachineAttachPoints(kernel);
        CompiledUnit unit = Compile(request, kernel, points, command?.ProcessId, metrics is not null);
        using ProbeSession session = ProbeSession.Load(unit, new SessionSettings { ProcessId = process, Kernel = kernel, ObstacleOf = points.ObstacleOf });
        using Stream output = StandardOutput.Open();
        ProbeWriter writer = request.IsJson
            ? ProbeWriter.OfJson(output, unit.Source, session.Symbols, Notice.Write)
            : ProbeWriter.OfText(output, unit.Source, session.Symbols, Notice.Write);
        writer.Attaching(unit.Source.Probes.Sum(probe => probe.Targets.Count));
        writer.Flush();
        if (metrics is not null)
        {
            ProbeFile file = PlainMetrics.Of(unit.Source, MetricPrefix, Notice.Write);
            metrics.Probes.Add(file, unit.Source, session.Symbols, new SessionCounts(session), points.Types);
        }

        session.Run(new ShownEvents(writer, session), () => command?.Release(), cancellation);
        Notice.Warn(session.Warnings);
        if (metrics is null)
        {
            writer.End(unit.Source.Maps.Select(session.Read));
        }
        else
        {
            bool isTaken = metrics.FlushAsync(s_grace).GetAwaiter().GetResult();
            metrics.Probes.Remove(MetricPrefix);
            Notice.Warn(isTaken ? [] : ["not everything could be sent"]);
        }

        foreach ((ProbeMap map, long times) in session.Figures.RefusedKeys)
        {
            Notice.Write($"warning: {map.Name} is full; {times:N0} times there was no room for a key");
        }

        return ExitStatus.Good;
    }

    private static CompiledUnit Compile(ProbeRequest request, Kernel kernel, MachineAttachPoints points, int? child, bool isMetric)
    {
        var source = new ProbeSource(request.Source.Text, request.Source.Name);
        ProbeProgram program = source.Bind(points, new ProbeOptions { Arguments = request.Arguments, ChildProcess = child, KeepsSummaries = isMetric });
        return ProbeCompiler.Compile(program, MachineSettings.Of(kernel) with { HasGenerations = isMetric });
    }

    /// <summary>Shows what is wrong with the program, and where.</summary>
    private static int Guard(ProbeRequest request, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (ProbeException exception)
        {
            Console.Error.WriteLine(new ProbeSource(request.Source.Text, request.Source.Name).Describe(exception));
            if (exception.InnerException is BpfLoadException refusal)
            {
                IEnumerable<string> lines = request.IsVerbose ? refusal.FullLog.Split('\n') : refusal.LastLines;
                Console.Error.WriteLine(string.Join('\n', lines.Select(line => $"  {line}")));
            }

            return ExitStatus.CannotRun;
        }
        catch (BpfException exception)
        {
            throw new CannotRunException(exception.Message);
        }
    }

    /// <summary>Hands events to the writer.</summary>
    private sealed class ShownEvents(ProbeWriter writer, ProbeSession session) : IProbeEvents
    {
        public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
        {
            if (output is PrintMapOutput print)
            {
                writer.Write(session.Read(print.Map), print.Top, print.Divisor);
            }
            else
            {
                writer.Write(output, values);
            }
        }

        public void OnLost(long events) => writer.Lost(events);

        public void OnIdle() => writer.Flush();
    }
}
