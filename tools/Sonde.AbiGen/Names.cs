namespace Sonde.AbiGen;

/// <summary>C's names as C#'s.</summary>
internal static class Names
{
    /// <summary><c>record_kind</c> and <c>RECORD_KIND</c> become <c>RecordKind</c>.</summary>
    internal static string ToPascal(string name) =>
        string.Concat(name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant()));

    /// <summary>
    /// The words that all enumerators of several words begin with, as <c>RECORD_</c>; empty when they share none. A lone word, such
    /// as a count at the end, has no say; and no enumerator loses its last word.
    /// </summary>
    internal static string CommonPrefix(IEnumerable<string> enumerators)
    {
        string[][] split = [.. enumerators.Select(name => name.Split('_')).Where(words => words.Length > 1)];
        if (split.Length < 2)
        {
            return "";
        }

        int shared = 0;
        while (split.All(words => shared < words.Length - 1 && words[shared] == split[0][shared]))
        {
            shared++;
        }

        return string.Concat(split[0].Take(shared).Select(word => word + "_"));
    }
}
