namespace Sonde.EndToEnd.Tests.Probing;

/// <summary>Outputs of two tools, made comparable.</summary>
internal static class ProbeOutputText
{
    /// <summary>Lines without the one about attaching, and without empty ones at both ends.</summary>
    public static string[] Lines(string output) =>
        string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("Attaching ", StringComparison.Ordinal))).Trim('\n').Split('\n');

    /// <summary>
    /// True when the lines are the same in the same order, but for rows of a map: bpftrace prints those of equal value in the order of
    /// its hash table. Rows must come in the same order by value.
    /// </summary>
    public static bool AreAlike(string[] left, string[] right) =>
        left.SequenceEqual(right) || (left.Select(Shape).SequenceEqual(right.Select(Shape)) && left.Order().SequenceEqual(right.Order()));

    /// <summary>A map's row without its key; other lines as they are.</summary>
    private static string Shape(string line) => line.StartsWith('@') && line.IndexOf("]: ", StringComparison.Ordinal) is > 0 and var end
        ? line[..line.IndexOf('[', StringComparison.Ordinal)] + line[end..]
        : line;
}
