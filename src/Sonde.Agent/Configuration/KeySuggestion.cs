namespace Sonde.Agent.Configuration;

/// <summary>What somebody may have meant.</summary>
internal static class KeySuggestion
{
    /// <summary>A clause with the candidate of the least edit distance, empty when none is near.</summary>
    public static string For(string written, IEnumerable<string> candidates)
    {
        (string? candidate, int distance) = candidates.Distinct()
            .Select(candidate => (candidate, Distance(written, candidate)))
            .DefaultIfEmpty((null!, int.MaxValue))
            .MinBy(pair => pair.Item2);
        return distance <= Math.Max(2, written.Length / 3) ? $"; did you mean '{candidate}'?" : "";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
