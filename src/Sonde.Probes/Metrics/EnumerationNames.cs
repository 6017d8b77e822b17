using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Metrics;

/// <summary>Names the constants of one of the kernel's enumerations, whose numbers differ from version to version.</summary>
internal static class EnumerationNames
{
    /// <summary>The names in small letters, without the prefix that they share: of <c>skb_drop_reason</c>, <c>SKB_DROP_REASON_NO_SOCKET</c> is <c>no_socket</c>.</summary>
    /// <exception cref="ProbeException">The kernel has no such enumeration.</exception>
    public static IReadOnlyDictionary<long, string> Find(string name, IKernelTypes types)
    {
        if (types.Find($"enum {name}") is not TargetInteger { Enumeration: { } enumeration })
        {
            throw new ProbeException($"this kernel has no enumeration '{name}'", SourceSpan.None);
        }

        (string Name, long Value)[] constants = [.. Enumerable.Range(0, enumeration.Count).Select(enumeration.Enumerator)];
        string own = name.ToUpperInvariant() + "_";
        string common = CommonPrefix(constants.Select(constant => constant.Name));
        var names = new Dictionary<long, string>();
        foreach ((string constant, long value) in constants)
        {
            string prefix = constant.StartsWith(own, StringComparison.Ordinal) ? own : common;
            names.TryAdd(value, constant[prefix.Length..].ToLowerInvariant());
        }

        return names;
    }

    /// <summary>Up to the last underscore.</summary>
    private static string CommonPrefix(IEnumerable<string> names)
    {
        string prefix = names.Aggregate((left, right) => left[..left.AsSpan().CommonPrefixLength(right)]);
        return prefix[..(prefix.LastIndexOf('_') + 1)];
    }
}
