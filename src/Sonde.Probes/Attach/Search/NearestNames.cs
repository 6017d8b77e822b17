namespace Sonde.Probes.Attach.Search;

/// <summary>Finds what a wrong name may have meant.</summary>
internal static class NearestNames
{
    private const int MaxLength = 128;

    /// <summary>The names that differ least, at most <paramref name="count"/>; none when all differ in more than a third.</summary>
    internal static IReadOnlyList<string> Of(string wanted, IEnumerable<string> names, int count = 3)
    {
        List<(int Distance, string Name)> near = [];
        foreach (string name in names)
        {
            int limit = Math.Max(2, wanted.Length / 3);
            if (Math.Abs(name.Length - wanted.Length) <= limit && name.Length <= MaxLength && Distance(wanted, name) is int distance && distance <= limit)
            {
                near.Add((distance, name));
            }
        }

        return [.. near.Order().Take(count).Select(each => each.Name)];
    }

    /// <summary>The names that share most words with a name, as <c>blk_account_io_done</c> shares two with <c>block_io_done</c>.</summary>
    internal static IReadOnlyList<string> Related(string wanted, IEnumerable<string> names, int count = 4)
    {
        HashSet<string> words = WordsOf(wanted);
        List<(int Score, string Name)> related = [];
        foreach (string name in names)
        {
            HashSet<string> others = WordsOf(name);
            int unshared = others.Count;
            others.IntersectWith(words);
            if (others.Count > 0)
            {
                // Long words say more than short ones, and a name with many other words is further off.
                related.Add((others.Sum(word => word.Length * 4) - (unshared - others.Count) * 3, name));
            }
        }

        int best = related.Count == 0 ? 0 : related.Max(each => each.Score);
        return [.. related.Where(each => each.Score >= Math.Max(4, best * 2 / 3)).OrderBy(each => -each.Score).ThenBy(each => each.Name, StringComparer.Ordinal).Take(count).Select(each => each.Name)];
    }

    private static HashSet<string> WordsOf(string name) =>
        [.. name.Split(['_', ':', '.'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length > 1 && word is not ("syscalls" or "sys" or "enter" or "exit" or "vfs"))];

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that make one name the other (Damerau and Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        Span<int> before = stackalloc int[MaxLength + 1], above = stackalloc int[MaxLength + 1], row = stackalloc int[MaxLength + 1];
        for (int column = 0; column <= other.Length; column++)
        {
            row[column] = column;
        }

        for (int line = 1; line <= one.Length; line++)
        {
            Span<int> free = before;
            before = above;
            above = row;
            row = free;
            row[0] = line;
            for (int column = 1; column <= other.Length; column++)
            {
                int replaced = above[column - 1] + (one[line - 1] == other[column - 1] ? 0 : 1);
                row[column] = Math.Min(replaced, Math.Min(above[column], row[column - 1]) + 1);
                if (line > 1 && column > 1 && one[line - 1] == other[column - 2] && one[line - 2] == other[column - 1])
                {
                    row[column] = Math.Min(row[column], before[column - 2] + 1);
                }
            }
        }

        return row[other.Length];
    }
}
