using System.Globalization;

namespace Sonde.Agent.Configuration;

/// <summary>The ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct PortInterval(int First, int Last)
{
    /// <summary>Reads <c>443</c> or <c>8000-8999</c>.</summary>
    public static bool TryParse(string text, out PortInterval interval)
    {
        string[] ends = text.Split('-');
        ushort last = 0;
        bool good = ends.Length <= 2 & ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            && ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out last);
        interval = new PortInterval(first, last);
        return good && first > 0 && last >= first;
    }
}
