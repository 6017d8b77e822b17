using System.Globalization;

namespace Sonde.Telemetry.Otlp;

/// <summary>Durations as OpenTelemetry's variables give them: whole milliseconds.</summary>
internal static class Milliseconds
{
    /// <summary>Reads a duration of at most about 24 days, the longest that a timer takes.</summary>
    public static bool TryParse(string value, out TimeSpan duration)
    {
        bool read = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds);
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return read;
    }

    /// <summary>What is wrong with a value that cannot be used.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Its value.</param>
    /// <param name="used">What is used instead.</param>
    /// <param name="least">The smallest that is allowed.</param>
    public static string Complaint(string name, string value, TimeSpan used, int least = 0)
    {
        string instead = used == Timeout.InfiniteTimeSpan ? "no limit" : used.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}={value} is not a number of milliseconds from {least} to {int.MaxValue}: {instead} is used.");
    }
}
