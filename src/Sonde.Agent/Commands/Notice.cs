using System.Diagnostics;

namespace Sonde.Agent.Commands;

/// <summary>What Sonde says of itself: sentences on standard error, so that standard output holds spans only.</summary>
internal static class Notice
{
    /// <summary>Since the kernel started this process.</summary>
    public static TimeSpan SinceStart
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return DateTime.Now - self.StartTime;
        }
    }

    /// <summary>Writes one sentence.</summary>
    public static void Write(string sentence) => Console.Error.WriteLine($"sonde: {sentence}");

    /// <summary>Writes what was passed over.</summary>
    public static void Warn(IEnumerable<string> sentences)
    {
        foreach (string sentence in sentences)
        {
            Write($"warning: {sentence}");
        }
    }
}
