using Sonde.Bpf.Btf;
using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary><c>fentry:function</c> and <c>fexit:function</c>, <c>kfunc</c> and <c>kretfunc</c> by their older names.</summary>
internal sealed class FentryProvider(Machine machine, string name, bool isReturn) : AttachProvider(machine, name)
{
    private const string KernelItself = "vmlinux";

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        string function = pattern.Parts switch
        {
            [{ Length: > 0 } alone] => alone,
            [KernelItself or "*", { Length: > 0 } named] => named,
            [var module, _] => throw new ProbeException($"Types of modules are not read, so {Name} finds nothing in '{module}': kprobe does.", pattern.Span),
            _ => throw Malformed(pattern, $"{Name}:function, as in {Name}:vfs_read"),
        };
        if (Machine.Types.Btf is null)
        {
            throw new ProbeException($"{Name} needs the kernel's BTF, and {BtfTypes.KernelPath} is missing: use kprobe.", pattern.Span);
        }

        List<AttachPoint> found = [.. Matching(function).Select(Point)];
        return found.Count > 0 ? found : throw new ProbeException(Missing(function), pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) => parts.Count == 0 && (isReturn || Name == "kfunc") ? []
        : Matching(parts.Count == 0 ? "*" : parts[^1]).OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => new ListedAttachPoint(FullName(type.Name), withArguments ? [.. Arguments(type)] : []));

    internal override string? ObstacleOf(AttachTarget target)
    {
        Finding finding = Machine.Kernel.Ask(isReturn ? FeatureTable.FunctionExit : FeatureTable.FunctionEntry);
        if (finding.Verdict != Verdict.No)
        {
            return null;
        }

        string function = target.Name.Split(':')[^1];
        IReadOnlyList<string> near = NearestNames.Related(function, Machine.Tracepoints());
        string tracepoints = near.Count == 0 ? "" : $" Tracepoints with similar names: {string.Join(", ", near.Select(each => "tracepoint:" + each))}.";
        string kprobe = Machine.Kernel.Ask(FeatureTable.Kprobe).IsYes ? $" {(isReturn ? "kretprobe" : "kprobe")}:{function} works here." : "";
        return $"This kernel attaches no {(isReturn ? "fexit" : "fentry")} programs ({finding.Detail}).{kprobe}{tracepoints}";
    }

    private AttachPoint Point(BtfType function)
    {
        string full = FullName(function.Name);
        BtfType prototype = function.Target;
        return new(
            new FentryTarget(full, function.Id, isReturn),
            new FunctionContext(full, Enumerable.Range(0, prototype.Count).Select(prototype.Parameter), isReturn ? prototype.Target : null, _ => true) { IsFunction = true });
    }

    private IEnumerable<string> Arguments(BtfType function)
    {
        BtfType prototype = function.Target;
        IEnumerable<string> parameters = Enumerable.Range(0, prototype.Count).Select(prototype.Parameter).Select(each => Declaration.Of(each.Type, each.Name));
        return isReturn && prototype.Target.Resolved.Kind != BtfKind.Void ? parameters.Append(Declaration.Of(prototype.Target, "retval")) : parameters;
    }

    private IEnumerable<BtfType> Matching(string pattern)
    {
        if (Machine.Types.Btf is not { } types)
        {
            return [];
        }

        return Wildcard.Has(pattern) ? types.All.Where(type => type.Kind == BtfKind.Function && Wildcard.Matches(pattern, type.Name)).DistinctBy(type => type.Name)
            : types.TryFind(pattern, BtfKind.Function, out BtfType function) ? [function] : [];
    }

    private string Missing(string function) => Wildcard.Has(function)
        ? $"No function in this kernel's BTF matches '{function}'."
        : $"This kernel's BTF has no function {function}; it may be inlined or in a module.{Suggest([.. NearestNames.Of(function, Matching("*").Select(type => type.Name)).Select(each => FullName(each))])}";
}
