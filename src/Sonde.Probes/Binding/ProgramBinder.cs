using System.Text;
using Sonde.Probes.Attach;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Binding;

/// <summary>
/// Syntax and attach points as the typed tree. Types of maps and variables are learnt from the whole program: it is bound again until
/// nothing new is learnt. A clause is bound once for each kind of event that its attach points have, and those for which it comes
/// to the same share a probe.
/// </summary>
internal sealed class ProgramBinder
{
    /// <summary>Types grow by each pass, a chain of maps that are assigned to each other backwards by one link.</summary>
    private const int MaxPasses = 64;

    private readonly ProgramScope _scope;
    private readonly IReadOnlyList<(ClauseSyntax Syntax, IReadOnlyList<AttachPoint> Points)> _clauses;

    private ProgramBinder(ProbeSource source, IAttachPoints points, ProbeOptions options)
    {
        _scope = new(source, points, options);
        _clauses = [.. source.Syntax.Clauses.Select(clause => (clause, Find(clause)))];
    }

    /// <exception cref="ProbeException">The program means nothing: what is wrong, and where.</exception>
    public static ProbeProgram Bind(ProbeSource source, IAttachPoints points, ProbeOptions options) =>
        new ProgramBinder(source, points, options).Bind();

    private ProbeProgram Bind()
    {
        int version;
        int pass = 0;
        do
        {
            version = _scope.Version;
            BindAll();
            if (++pass > MaxPasses)
            {
                throw new ProbeException("The types of this program's maps depend on each other too deeply.", SourceSpan.None);
            }
        }
        while (version != _scope.Version);

        _scope.IsFinal = true;
        return new()
        {
            Text = _scope.Source.Text,
            Probes = BindAll(),
            Maps = _scope.Maps,
            Outputs = [.. _scope.Outputs],
            TimeFormats = [.. _scope.TimeFormats],
        };
    }

    private List<Probe> BindAll()
    {
        _scope.StartPass();
        List<Probe> probes = [];
        for (int i = 0; i < _clauses.Count; i++)
        {
            probes.AddRange(BindClause(i));
        }

        return probes;
    }

    private IEnumerable<Probe> BindClause(int index)
    {
        (ClauseSyntax syntax, IReadOnlyList<AttachPoint> points) = _clauses[index];
        List<EventContext> events = [];
        Dictionary<string, (Block Body, IReadOnlyList<ProbeVariable> Variables, List<AttachTarget> Targets)> groups = [];
        ClauseScope? last = null;
        Block? body = null;
        string text = "";
        foreach (AttachPoint point in points)
        {
            // Most clauses ask nothing of the event, or their attach points have the same one after the other.
            if (last is null || (last.DependsOnEvent && !Equals(events[^1], point.Event)))
            {
                events.Add(point.Event);
                last = new(_scope, point.Event, _scope.Variables(index, events.Count));
                body = new StatementBinder(last).Bind(syntax);
                text = TextOf(body, last);
            }

            string group = last.NamesProbe ? point.Target.Name : $"{KindOf(point.Target)} {text}";
            if (!groups.TryGetValue(group, out var found))
            {
                groups.Add(group, found = (body!, [.. last.AllVariables], []));
            }

            found.Targets.Add(point.Target);
        }

        return groups.Values.Select(group => new Probe(group.Targets, group.Body, group.Variables, syntax.Span));
    }

    private static string TextOf(Block body, ClauseScope scope)
    {
        StringBuilder text = new();
        text.AppendJoin(' ', scope.AllVariables.Select(ModelText.Of).Order(StringComparer.Ordinal));
        return text.Append(ModelText.Of(body)).ToString();
    }

    /// <summary>Targets of one kind are one type of program for the kernel.</summary>
    private static string KindOf(AttachTarget target) => target switch
    {
        KprobeTarget kprobe => kprobe.IsReturn ? "kretprobe" : "kprobe",
        FentryTarget fentry => fentry.IsReturn ? "fexit" : "fentry",
        UprobeTarget uprobe => uprobe.IsReturn ? "uretprobe" : "uprobe",
        RawTracepointTarget raw => raw.BtfId != 0 ? "tp_btf" : "raw_tp",
        PerfEventTarget perf => perf.IsHardware ? "hardware" : "software",
        OnceTarget once => once.IsEnd ? "END" : "BEGIN",
        _ => target.GetType().Name,
    };

    /// <summary>The attach points of a clause. A pattern with wildcards may match none, when another one of the clause does.</summary>
    private List<AttachPoint> Find(ClauseSyntax clause)
    {
        List<AttachPoint> points = [];
        ProbeException? missing = null;
        foreach (AttachPattern pattern in clause.AttachPoints)
        {
            try
            {
                points.AddRange(_scope.Points.Find(WithParameters(pattern)));
            }
            catch (ProbeException error) when (pattern.Parts.Any(part => part.Contains('*', StringComparison.Ordinal)))
            {
                missing ??= error;
            }
        }

        return points.Count > 0 || missing is null ? points : throw missing;
    }

    /// <summary>Parameters of the program may stand in attach points: <c>uprobe:$1:main</c>, <c>interval:s:$2</c>.</summary>
    private AttachPattern WithParameters(AttachPattern pattern)
    {
        if (!pattern.Parts.Any(part => part.Contains('$', StringComparison.Ordinal)))
        {
            return pattern;
        }

        IReadOnlyList<string> arguments = _scope.Options.Arguments;
        return pattern with { Parts = [.. pattern.Parts.Select(Replace)] };

        string Replace(string part) => part.StartsWith('$') && int.TryParse(part.AsSpan(1), out int number)
            ? number >= 1 && number <= arguments.Count ? arguments[number - 1] : throw new ProbeException($"{part} was not given: the program wants at least {number} arguments.", pattern.Span)
            : part;
    }
}
