using Sonde.Probes.Attach;
using Sonde.Probes.Binding;
using Sonde.Probes.Linq;
using Sonde.Probes.Linq.Results;
using Sonde.Probes.Linq.Translation;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Linq;

/// <summary>Queries bound for this machine, as text to compare with.</summary>
internal static class Queries
{
    /// <summary>The bodies of an aggregation's probes.</summary>
    public static string Text<TKey, TValue>(KernelAggregation<TKey, TValue> aggregation)
        where TKey : notnull
    {
        using MachineAttachPoints points = new();
        return Text(aggregation.Query.Bind(points));
    }

    /// <summary>The body of a query whose events are read one by one.</summary>
    public static string Text<T>(KernelQuery<T> query) => Text(Bind(query));

    public static ProbeProgram Bind<T>(KernelQuery<T> query)
    {
        using MachineAttachPoints points = new();
        return EventReader.Bind(query.Plan, ResultShape.Of(query.Plan.Projection, query.Plan), points);
    }

    /// <summary>The refusal of a query.</summary>
    public static string Error<T>(KernelQuery<T> query) => Assert.Throws<ProbeException>(() => Bind(query)).Message;

    private static string Text(ProbeProgram program) =>
        string.Join('\n', program.Probes.Select(probe => string.Join(' ', probe.Body.Statements.Select(ModelText.Of))));
}
