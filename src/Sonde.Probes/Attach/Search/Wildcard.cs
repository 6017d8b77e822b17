namespace Sonde.Probes.Attach.Search;

/// <summary>Names with <c>*</c> in them, which stands for any characters, none included.</summary>
internal static class Wildcard
{
    internal static bool Has(string pattern) => pattern.Contains('*', StringComparison.Ordinal);

    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int star = pattern.IndexOf('*');
        if (star < 0)
        {
            return pattern.SequenceEqual(name);
        }

        if (!name.StartsWith(pattern[..star]))
        {
            return false;
        }

        name = name[star..];
        pattern = pattern[(star + 1)..];
        // Each piece between two stars is best taken where it is first found.
        for (int next; (next = pattern.IndexOf('*')) >= 0; pattern = pattern[(next + 1)..])
        {
            int found = name.IndexOf(pattern[..next]);
            if (found < 0)
            {
                return false;
            }

            name = name[(found + next)..];
        }

        return name.EndsWith(pattern);
    }
}
