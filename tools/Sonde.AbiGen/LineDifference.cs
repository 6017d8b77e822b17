namespace Sonde.AbiGen;

/// <summary>What changed between two texts, by the longest common subsequence of their lines.</summary>
internal static class LineDifference
{
    /// <summary>Removed lines with <c>-</c>, added ones with <c>+</c>, each with its number; nothing when the texts are equal.</summary>
    internal static IEnumerable<string> Between(string before, string after)
    {
        string[] old = before.Split('\n'), current = after.Split('\n');
        int[,] common = new int[old.Length + 1, current.Length + 1];
        for (int i = old.Length - 1; i >= 0; i--)
        {
            for (int j = current.Length - 1; j >= 0; j--)
            {
                common[i, j] = old[i] == current[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        for (int i = 0, j = 0; i < old.Length || j < current.Length;)
        {
            if (i < old.Length && j < current.Length && old[i] == current[j])
            {
                i++;
                j++;
            }
            else if (j == current.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                yield return $"-{i + 1,4}  {old[i++]}";
            }
            else
            {
                yield return $"+{j + 1,4}  {current[j++]}";
            }
        }
    }
}
