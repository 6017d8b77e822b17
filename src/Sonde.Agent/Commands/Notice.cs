using System.Diagnostics;

namespace Sonde.Agent.Commands;

/// <summary>What Sonde says of itself: sentences on standard error, so that standard output holds spans only.</summary>
internal static class Notice
{
    private const int MostHeld = 100;

    private static readonly Lock s_lock = new();
    private static readonly HashSet<string> s_warned = [];
    private static readonly Queue<string> s_held = [];
    private static bool s_isHeld;

    /// <summary>Since the kernel started this process.</summary>
    public static TimeSpan SinceStart
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return DateTime.Now - self.StartTime;
        }
    }

    /// <summary>Writes one sentence: now, or when they are no longer kept back.</summary>
    public static void Write(string sentence)
    {
        lock (s_lock)
        {
            if (!s_isHeld)
            {
                Console.Error.WriteLine($"sonde: {sentence}");
                return;
            }

            s_held.Enqueue(sentence);
            if (s_held.Count > MostHeld)
            {
                s_held.Dequeue();
            }
        }
    }

    /// <summary>Keeps sentences back, the latest of them: standard error is the terminal on which a screen is drawn.</summary>
    public static void Hold()
    {
        lock (s_lock)
        {
            s_isHeld = true;
        }
    }

    /// <summary>Writes what was kept back.</summary>
    public static void Release()
    {
        lock (s_lock)
        {
            s_isHeld = false;
            while (s_held.TryDequeue(out string? sentence))
            {
                Write(sentence);
            }
        }
    }

    /// <summary>Writes what was passed over, each sentence once: what holds for spans and metrics is found twice.</summary>
    public static void Warn(IEnumerable<string> sentences)
    {
        foreach (string sentence in sentences.Where(IsNew))
        {
            Write($"warning: {sentence}");
        }
    }

    private static bool IsNew(string warning)
    {
        lock (s_lock)
        {
            return s_warned.Add(warning);
        }
    }
}
