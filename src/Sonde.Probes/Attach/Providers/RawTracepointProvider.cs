using Sonde.Bpf.Btf;
using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>rawtracepoint:name</c>: what the kernel's code hands to a tracepoint, before a record is made of it.</summary>
internal sealed class RawTracepointProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    private const string TypePrefix = "btf_trace_";

    /// <summary>A function of each tracepoint: the only place where BTF has the parameters' names.</summary>
    private const string NamedPrefix = "__traceiter_";

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        // A group may stand before it, as it does for tracepoint; it says nothing here.
        string name = pattern.Parts switch
        {
            [{ Length: > 0 } alone] => alone,
            [_, { Length: > 0 } named] => named,
            _ => throw Malformed(pattern, "rawtracepoint:name, as in rawtracepoint:sched_switch"),
        };

        List<AttachPoint> found = [.. Matching(name).Select(each => Point(each.Name, each.Type))];
        if (found.Count == 0 && !Wildcard.Has(name) && Machine.Tracepoints().Any(each => each.EndsWith(':' + name)))
        {
            // Of a module, or a kernel without BTF.
            found.Add(new(new RawTracepointTarget(FullName(name), name, 0), SlotContext.Instance));
        }

        return found.Count > 0 ? found : throw new ProbeException(Missing(name), pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) =>
        Matching(parts.Count == 0 ? "*" : parts[^1]).OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => new ListedAttachPoint(
            FullName(each.Name),
            withArguments ? [.. ParametersOf(each.Name, each.Type).Select(parameter => Declaration.Of(parameter.Type, parameter.Name))] : []));

    private AttachPoint Point(string name, BtfType type) => new(
        new RawTracepointTarget(FullName(name), name, type.Id),
        new FunctionContext(FullName(name), ParametersOf(name, type), result: null, member => IsNeverNull(type, member)));

    /// <summary>Asks the verifier, which knows better than the types (kernel/bpf/btf.c, <c>raw_tp_null_args</c>).</summary>
    private bool IsNeverNull(BtfType tracepoint, TargetMember member) =>
        member.Type is TargetPointer pointer && pointer.Target() is BtfStructure structure
        && Machine.Kernel.Ask(FeatureTable.TracepointPointer(tracepoint, member.Offset, structure.Type)).IsYes;

    private IEnumerable<(string Name, BtfType Type)> Matching(string pattern)
    {
        if (Machine.Types.Btf is not { } types)
        {
            return [];
        }

        if (!Wildcard.Has(pattern))
        {
            return types.TryFind(TypePrefix + pattern, BtfKind.Typedef, out BtfType type) ? [(pattern, type)] : [];
        }

        return types.All.Where(type => type.Kind == BtfKind.Typedef && type.NameBytes.StartsWith("btf_trace_"u8))
            .Select(type => (type.Name[TypePrefix.Length..], type))
            .Where(each => Wildcard.Matches(pattern, each.Item1));
    }

    private IEnumerable<(string Name, BtfType Type)> ParametersOf(string name, BtfType type)
    {
        BtfType prototype = Machine.Types.Btf!.TryFind(NamedPrefix + name, BtfKind.Function, out BtfType named) ? named.Target : type.Target.Target;
        // The first is the kernel's own: void *__data.
        for (int index = 1; index < prototype.Count; index++)
        {
            (string parameter, BtfType parameterType) = prototype.Parameter(index);
            yield return (parameter.Length == 0 ? $"arg{index - 1}" : parameter, parameterType);
        }
    }

    private string Missing(string name)
    {
        if (Wildcard.Has(name))
        {
            return $"No tracepoint of this kernel matches '{name}'.";
        }

        List<string> all = [.. Matching("*").Select(each => each.Name)];
        IReadOnlyList<string> near = NearestNames.Of(name, all);
        return $"This kernel has no tracepoint {name}.{Suggest([.. (near.Count > 0 ? near : NearestNames.Related(name, all, 3)).Select(each => FullName(each))])}";
    }
}
