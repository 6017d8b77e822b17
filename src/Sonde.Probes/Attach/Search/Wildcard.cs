namespace Sonde.Probes.Attach.Search;

/// <summary>Names with <c>*</c> in them, which stands for any characters, none included.</summary>
internal static class Wildcard
{
    internal static bool Has(string pattern) => pattern.Contains('*', StringComparison.Ordinal);

    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name) => Matches(pattern, name, '*');

    /// <summary>Of names that are no strings yet.</summary>
    internal static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name) => Matches(pattern, name, (byte)'*');

    private static bool Matches<T>(ReadOnlySpan<T> pattern, ReadOnlySpan<T> name, T any)
        where T : IEquatable<T>
    {
        int star = pattern.IndexOf(any);
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
        for (int next; (next = pattern.IndexOf(any)) >= 0; pattern = pattern[(next + 1)..])
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
