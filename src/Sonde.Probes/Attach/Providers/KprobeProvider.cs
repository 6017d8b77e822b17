using System.Globalization;
using System.Text;
using Sonde.Bpf.Features;
using Sonde.Bpf.Symbols;
using Sonde.Probes.Attach.Contexts;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Attach.Search;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Providers;

/// <summary>
/// <c>kprobe:function</c>, <c>kprobe:function+offset</c>, <c>kretprobe:function</c>. A name is not looked up here: a program compiles on
/// any kernel, and attaching says what is missing.
/// </summary>
internal sealed class KprobeProvider(Machine machine, string name, bool isReturn) : AttachProvider(machine, name)
{
    private readonly RegisterContext _context = new(RegisterTable.Native, isReturn ? CodePlace.Return : CodePlace.Entry, IsUser: false);

    internal override IReadOnlyList<AttachPoint> Find(AttachPattern pattern)
    {
        // A module may stand before it: names are the kernel's, so it says nothing here.
        string text = pattern.Parts switch
        {
            [{ Length: > 0 } alone] => alone,
            [_, { Length: > 0 } named] => named,
            _ => throw Malformed(pattern, $"{Name}:function, as in {Name}:vfs_read"),
        };

        if (!Wildcard.Has(text))
        {
            (string function, long offset) = SymbolOffset.Split(text, pattern.Span);
            return offset != 0 && isReturn
                ? throw new ProbeException("A kretprobe has no offset: it runs when the function returns.", pattern.Span)
                : [Point(text, function, offset)];
        }

        List<AttachPoint> found = [.. Functions(text).Select(function => Point(function, function, 0))];
        return found.Count > 0 ? found : throw new ProbeException($"No function of this kernel matches '{text}'.", pattern.Span);
    }

    internal override IEnumerable<ListedAttachPoint> List(IReadOnlyList<string> parts, bool withArguments) => isReturn && parts.Count == 0 ? []
        : Functions(parts.Count == 0 ? "*" : parts[^1]).Select(function => new ListedAttachPoint(FullName(function), []));

    internal override string? ObstacleOf(AttachTarget target)
    {
        KprobeTarget kprobe = (KprobeTarget)target;
        Finding finding = Machine.Kernel.Ask(FeatureTable.Kprobe);
        if (finding.Verdict == Verdict.No)
        {
            return $"This kernel has no kprobes (CONFIG_KPROBES is not set).{Alternatives(kprobe)}";
        }

        if (Functions(kprobe.Function).Count > 0)
        {
            return null;
        }

        IReadOnlyList<string> near = NearestNames.Of(kprobe.Function, Functions("*"));
        return $"This kernel has no function {kprobe.Function}; it may be inlined or in a module that is not loaded.{Suggest([.. near.Select(each => FullName(each))], Alternatives(kprobe))}";
    }

    private AttachPoint Point(string text, string function, long offset) => new(new KprobeTarget(FullName(text), function, offset, isReturn), _context);

    private List<string> Functions(string pattern)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(pattern);
        IEnumerable<string> names = Machine.TraceableFunctions()?.Where(function => Wildcard.Matches(pattern, function))
            ?? KernelSymbols.FunctionsWhere(name => Wildcard.Matches(wanted, name) && IsCode(name));
        return [.. names.Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>False for what compilers and the kernel put beside functions.</summary>
    private static bool IsCode(ReadOnlySpan<byte> name) =>
        !name.StartsWith("__pfx_"u8) && !name.StartsWith("__cfi_"u8) && !name.StartsWith("bpf_prog_"u8) && !name.StartsWith("__bpf_trace_"u8);

    private string Alternatives(KprobeTarget target)
    {
        string function = target.Function.Split('.')[0];
        string fentry = target.IsReturn ? "fexit" : "fentry";
        bool hasFentry = target.Offset == 0
            && Machine.Kernel.Ask(FeatureTable.FunctionEntry).IsYes
            && Machine.Types.Btf is { } types && types.Contains(function, Sonde.Bpf.Btf.BtfKind.Function);
        IReadOnlyList<string> near = NearestNames.Related(function, Machine.Tracepoints());
        string tracepoints = near.Count == 0 ? "" : $" Tracepoints with similar names: {string.Join(", ", near.Select(each => "tracepoint:" + each))}.";
        return (hasFentry ? $" {fentry}:{function} works here." : "") + tracepoints;
    }
}

/// <summary>A symbol with an offset: <c>vfs_read+0x10</c>.</summary>
internal static class SymbolOffset
{
    /// <exception cref="ProbeException">What follows the plus is no number.</exception>
    internal static (string Symbol, long Offset) Split(string text, SourceSpan span)
    {
        int plus = text.LastIndexOf('+');
        if (plus < 0)
        {
            return (text, 0);
        }

        return TryParse(text.AsSpan(plus + 1), out long offset)
            ? (text[..plus], offset)
            : throw new ProbeException($"'{text[(plus + 1)..]}' is no offset: it is written as in vfs_read+16 or vfs_read+0x10.", span);
    }

    /// <summary>Reads a number, decimal or with <c>0x</c>.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out long value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
