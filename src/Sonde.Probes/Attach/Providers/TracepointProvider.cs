using Sonde.Bpf.Tracing;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>tracepoint:group:name</c>: the record that the kernel would write to its trace.</summary>
internal sealed class TracepointProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    private const string SystemCalls = "syscalls";

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        if (pattern.Parts is not [var group, var name])
        {
            throw Malformed(pattern, "tracepoint:group:name, as in tracepoint:sched:sched_switch");
        }

        TraceFileSystem tracing = Machine.TracingFor(pattern.Span);
        List<AttachPoint> found = [];
        foreach ((string Group, string Name) each in Matching(tracing, group, name))
        {
            if (Read(tracing, each.Group, each.Name, pattern.Span) is { } format)
            {
                found.Add(Point(each.Group, each.Name, format));
            }
        }

        return found.Count > 0 ? found : throw new ProbeException(Missing(tracing, group, name), pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments)
    {
        TraceFileSystem tracing = Machine.TracingFor(SourceSpan.None);
        foreach ((string Group, string Name) each in Matching(tracing, parts.ElementAtOrDefault(0) ?? "*", parts.ElementAtOrDefault(1) ?? "*"))
        {
            if (!withArguments)
            {
                yield return new(FullName(each.Group, each.Name), []);
            }
            else if (tracing.Find(each.Group, each.Name) is { } format)
            {
                yield return new(FullName(each.Group, each.Name), [.. format.Fields.Select(field => field.Declaration)]);
            }
        }
    }

    private AttachPoint Point(string group, string name, TracepointFormat format)
    {
        string full = FullName(group, name);
        return new(new TracepointTarget(full, format.Id), new TracepointContext(TracepointRecord.Of(full, format, Machine.Types), group == SystemCalls));
    }

    private static IEnumerable<(string Group, string Name)> Matching(TraceFileSystem tracing, string group, string name)
    {
        // One tracepoint is opened by its name: nothing else of the 2,000 is looked at.
        foreach (string matching in Wildcard.Has(group) ? tracing.Groups.Where(each => Wildcard.Matches(group, each)) : [group])
        {
            foreach (string each in Wildcard.Has(name) || Wildcard.Has(group) ? tracing.EventsOf(matching).Where(each => Wildcard.Matches(name, each)) : [name])
            {
                yield return (matching, each);
            }
        }
    }

    private static TracepointFormat? Read(TraceFileSystem tracing, string group, string name, SourceSpan span)
    {
        try
        {
            return tracing.Find(group, name);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ProbeException($"The format of tracepoint {group}:{name} cannot be read: {refused.Message}", span, refused);
        }
    }

    private string Missing(TraceFileSystem tracing, string group, string name)
    {
        if (Wildcard.Has(group) || Wildcard.Has(name))
        {
            return $"No tracepoint of this kernel matches '{group}:{name}'.";
        }

        List<string> groups = [.. tracing.Groups];
        string[] near = groups.Contains(group)
            ? [.. NearestNames.Of(name, tracing.EventsOf(group)).Select(each => FullName(group, each))]
            : [.. groups.Where(each => tracing.EventsOf(each).Contains(name)).Select(each => FullName(each, name))];
        string[] related = near.Length > 0 ? near : [.. NearestNames.Related($"{group}:{name}", Machine.Tracepoints(), 3).Select(each => FullName(each))];
        return $"This kernel has no tracepoint {group}:{name}.{Suggest(related)}";
    }
}
