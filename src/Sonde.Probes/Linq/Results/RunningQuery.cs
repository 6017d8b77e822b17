using Sonde.Probes.Attach;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Running;

namespace Sonde.Probes.Linq.Results;

/// <summary>A query of an aggregation in the kernel.</summary>
internal sealed class RunningQuery : IProbeEvents, IDisposable
{
    private readonly ProbeSession _session;

    private RunningQuery(ProbeSession session)
    {
        _session = session;
        Map = session.Program.Maps.First(map => map.Name == AggregationQuery.Map);
    }

    /// <summary>The map that is added up in.</summary>
    public ProbeMap Map { get; }

    public long Refused => _session.Figures.RefusedKeys.Values.Sum();

    /// <exception cref="ProbeException">It cannot be compiled or attached.</exception>
    public static RunningQuery Start(AggregationQuery query, SessionSettings? settings)
    {
        RunningQuery running = new(Load(query.Bind, settings, hasGenerations: true, query.MaxKeys));
        try
        {
            running._session.Start(running);
        }
        catch
        {
            running.Dispose();
            throw;
        }

        return running;
    }

    /// <summary>Compiles a program for this kernel and loads it.</summary>
    /// <exception cref="ProbeException">It cannot be compiled or loaded.</exception>
    public static ProbeSession Load(Func<IAttachPoints, ProbeProgram> bind, SessionSettings? settings, bool hasGenerations, int? maxKeys = null)
    {
        Sonde.Bpf.Features.Kernel kernel = settings?.Kernel ?? new();
        using MachineAttachPoints points = new(kernel);
        CompilerSettings compiler = MachineSettings.Of(kernel) with { HasGenerations = hasGenerations, WakesReader = !hasGenerations };
        if (maxKeys is { } most)
        {
            compiler = compiler with { MapKeys = most };
        }

        return ProbeSession.Load(ProbeCompiler.Compile(bind(points), compiler), (settings ?? new()) with { Kernel = kernel });
    }

    /// <summary>What came since the last time.</summary>
    public IReadOnlyList<MapRow> Take() => _session.Drain().First(snapshot => snapshot.Map == Map).Rows;

    public void OnEvent(ProbeOutput output, ReadOnlySpan<byte> values)
    {
    }

    public void OnLost(long events)
    {
    }

    public void OnIdle()
    {
    }

    public void Dispose() => _session.Dispose();
}
