namespace Sonde.Probes.Binding;

/// <summary>What somebody may have meant who wrote a name that does not exist.</summary>
internal static class Nearest
{
    /// <summary>A question to put behind a message: <c> Did you mean 'comm'?</c>; nothing when no name is near.</summary>
    public static string Question(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        int least = Math.Max(1, name.Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            if (Math.Abs(candidate.Length - name.Length) < least && Distance(name, candidate) is int distance && distance < least)
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>Characters to insert, to delete, to replace or to swap with the next (optimal string alignment), upper and lower case alike.</summary>
    private static int Distance(string left, string right)
    {
        int[] beforeLast = new int[right.Length + 1], last = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] row = new int[right.Length + 1];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = last[j - 1] + (Same(left[i - 1], right[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(left[i - 1], right[j - 2]) && Same(left[i - 2], right[j - 1]))
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[right.Length];
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
