using System.Diagnostics;
using Sonde.Bpf.Privileges;
using Sonde.Tracing.Capture;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The scheduling policy is read where the kernel shows it: the 41st field of <c>/proc/self/task/TID/stat</c>.</summary>
public sealed class ReaderCourtesyTests
{
    private const int Idle = 5, Normal = 0;

    [Fact]
    public void The_reader_steps_back_until_the_rings_fill_and_is_not_asked_twice()
    {
        Assert.SkipUnless(SchedulingPolicies.AreFree, "Needs CAP_SYS_NICE.");
        OnOwnThread(thread =>
        {
            long waiting = 10;
            using var courtesy = new ReaderCourtesy(() => Volatile.Read(ref waiting), limit: 100);
            Assert.Equal(Normal, PolicyOf(thread));
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Idle, PolicyOf(thread));

            // The guard, on another thread, gives it its turn back.
            Volatile.Write(ref waiting, 101);
            var patience = Stopwatch.StartNew();
            while (PolicyOf(thread) != Normal && patience.Elapsed < TimeSpan.FromSeconds(20))
            {
                Thread.Yield();
            }

            Assert.Equal(Normal, PolicyOf(thread));
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Normal, PolicyOf(thread));
            Volatile.Write(ref waiting, 100);
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Idle, PolicyOf(thread));
        });
    }

    [Fact]
    public void A_reader_that_waits_is_as_quick_as_everybody()
    {
        Assert.SkipUnless(SchedulingPolicies.AreFree, "Needs CAP_SYS_NICE.");
        OnOwnThread(thread =>
        {
            using var courtesy = new ReaderCourtesy(() => 0, limit: 100);
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            courtesy.End();
            Assert.Equal(Normal, PolicyOf(thread));
        });
    }

    private static void OnOwnThread(Action<int> act)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => act(SchedulingPolicies.CurrentThread)));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static int PolicyOf(int thread)
    {
        string stat = File.ReadAllText($"/proc/self/task/{thread}/stat");
        // The command's name, in parentheses, may hold spaces; the third field follows it.
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[41 - 3], System.Globalization.CultureInfo.InvariantCulture);
    }
}
