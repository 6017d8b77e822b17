using System.Text.RegularExpressions;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary>A tool of bpftrace, and how its output is held against Sonde's.</summary>
/// <param name="Name">Its file without <c>.bt</c>.</param>
/// <param name="Varying">What differs between two tools that see the same: times, latencies, addresses; null for none.</param>
/// <param name="IsKeyed">True when it prints a histogram for each process name: the one with the label is taken.</param>
/// <param name="Mark">What stands before the label in the lines that count.</param>
internal sealed record OfficialTool(string Name, string? Varying = null, bool IsKeyed = false, string Mark = "")
{
    private const string Time = """^[\d:.]+ +""";

    /// <summary>Those that tell what the workload does, line by line.</summary>
    public static IReadOnlyList<OfficialTool> Telling { get; } =
    [
        new("bashreadline", Time), new("bitesize", IsKeyed: true), new("execsnoop", Time),
        // The host's name is followed by nothing, the latency stands before it.
        new("gethostlatency", """^[\d:.]+ +| +\d+ (?=\S+$)"""),
        new("killsnoop", Time), new("naptime", Time), new("opensnoop", Mark: "open-"), new("setuids"),
        // Its last column is a function's name, which bpftrace looks up when the process may have ended.
        new("sslsnoop", """^\s*\d+|(?<=openssl-\w+) +\d+ +|\S+$"""),
        new("statsnoop", Mark: "stat-"), new("syncsnoop", Time),
    ];

    /// <summary>
    /// Those that sample or count all that happens, and threadsnoop, whose libpthread is empty since glibc 2.34: what they print has the same
    /// layout.
    /// </summary>
    public static IReadOnlyList<OfficialTool> Counting { get; } = [new("cpuwalk"), new("pidpersec"), new("ssllatency"), new("syscount"), new("threadsnoop"), new("writeback")];

    /// <summary>Those that bpftrace 0.17 refuses here: no headers of the kernel, members with new names, no address of a variable.</summary>
    public static IReadOnlyList<OfficialTool> Refused { get; } = [new("loads"), new("runqlat"), new("runqlen"), new("tcpdrop")];

    /// <summary>Whether it counts all that happens.</summary>
    public bool IsCounting => Counting.Contains(this);

    /// <summary>Whether it prints when it ends.</summary>
    public bool IsToldAtTheEnd => IsKeyed || IsCounting;

    public string Path => $"/usr/sbin/{Name}.bt";

    /// <summary>What it told about a run of the workload, in an order that does not depend on the CPU it came from.</summary>
    public string[] Told(string output, string label)
    {
        if (IsKeyed)
        {
            string[] lines = output.Split('\n');
            int first = Array.FindIndex(lines, line => line.Contains(label, StringComparison.Ordinal));
            return first < 0 ? [] : [.. lines.Skip(first).TakeWhile(line => line.Length > 0)];
        }

        return [.. output.Split('\n').Where(line => line.Contains(Mark + label, StringComparison.Ordinal))
            .Select(line => Varying is null ? line : Regex.Replace(line, Varying, "")).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The shapes of the lines in an output: numbers, names in brackets and bars are taken out, and the first line, which tells how many
    /// attach points there are: Sonde's are in every copy of a library.
    /// </summary>
    public static string[] Shapes(string output) =>
    [
        .. output.Split('\n').Skip(1).Where(line => line.Length > 0)
            .Select(line => Regex.Replace(Regex.Replace(line, """\[[^\]]*\]|[@ ]+\|$""", "*"), """[-\d]+[KMG]?|\s+""", " ")).Distinct(),
    ];
}
