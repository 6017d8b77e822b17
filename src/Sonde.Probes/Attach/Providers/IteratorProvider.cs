using Sonde.Bpf.Btf;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>iter:task</c>, <c>iter:tcp</c>, …: runs through what the kernel holds, once.</summary>
internal sealed class IteratorProvider(Machine machine, string name) : AttachProvider(machine, name)
{
    private const string Prefix = "bpf_iter_", ContextPrefix = "bpf_iter__";

    /// <summary>Those that run through one map, which a program cannot name.</summary>
    private static readonly string[] _needMap = ["bpf_map_elem", "bpf_sk_storage_map", "sockmap"];

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        if (pattern.Parts is not [{ Length: > 0 } name])
        {
            throw pattern.Parts.Count == 2
                ? new ProbeException("An iterator cannot be pinned: its output is printed.", pattern.Span)
                : Malformed(pattern, "iter:name, as in iter:task");
        }

        List<AttachPoint> found = [.. Matching(name).Select(each => new AttachPoint(new IteratorTarget(FullName(each.Name), each.Function.Id), new IteratorContext(new(each.Context))))];
        return found.Count > 0 ? found : throw new ProbeException(
            Machine.Types.Btf is null ? $"Iterators need the kernel's BTF, and {BtfTypes.KernelPath} is missing."
            : $"This kernel has no iterator '{name}'. It has {string.Join(", ", Matching("*").Select(each => each.Name))}.", pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) =>
        Matching(parts.Count == 0 ? "*" : parts[0]).Select(each => new ListedAttachPoint(FullName(each.Name), withArguments ? [.. Members(each.Context)] : []));

    private IEnumerable<(string Name, BtfType Context, BtfType Function)> Matching(string pattern)
    {
        if (Machine.Types.Btf is not { } types)
        {
            yield break;
        }

        foreach (string name in Names(types, pattern))
        {
            if (types.TryFind(ContextPrefix + name, BtfKind.Struct, out BtfType context) && types.TryFind(Prefix + name, BtfKind.Function, out BtfType function))
            {
                yield return (name, context, function);
            }
        }
    }

    private static IEnumerable<string> Names(BtfTypes types, string pattern)
    {
        IEnumerable<string> names = [pattern];
        if (Wildcard.Has(pattern))
        {
            names = types.All.Where(type => type.Kind == BtfKind.Struct && type.NameBytes.StartsWith("bpf_iter__"u8))
                .Select(type => type.Name[ContextPrefix.Length..]).Where(each => Wildcard.Matches(pattern, each)).Distinct().Order(StringComparer.Ordinal);
        }

        return names.Except(_needMap);
    }

    private static IEnumerable<string> Members(BtfType context)
    {
        for (int index = 0; index < context.Count; index++)
        {
            // Pointers stand in a union that makes them 8 bytes on every architecture.
            BtfMember member = context.Member(index);
            member = member.NameBytes.IsEmpty ? member.Type.Resolved.Member(0) : member;
            if (!member.NameBytes.SequenceEqual("meta"u8))
            {
                yield return Declaration.Of(member.Type, member.Name);
            }
        }
    }
}
