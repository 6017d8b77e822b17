using System.Diagnostics;
using Sonde.Bpf.Privileges;
using Sonde.Tracing.Capture;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The scheduling policy is read where the kernel shows it: the 41st field of <c>/proc/self/task/TID/stat</c>.</summary>
public sealed class ReaderCourtesyTests
{
    private const int Idle = 5, Normal = 0;

    [Fact]
    public void A_reader_that_is_late_gets_its_turn_and_keeps_it_for_a_while()
    {
        Assert.SkipUnless(SchedulingPolicies.AreFree, "Needs CAP_SYS_NICE.");
        OnOwnThread(thread =>
        {
            using var courtesy = new ReaderCourtesy(() => 10, limit: 100);
            Assert.Equal(Normal, PolicyOf(thread));
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Idle, PolicyOf(thread));

            // The guard, on another thread, gives it its turn back.
            var patience = Stopwatch.StartNew();
            while (PolicyOf(thread) != Normal && patience.Elapsed < TimeSpan.FromSeconds(20))
            {
                Thread.Yield();
            }

            Assert.Equal(Normal, PolicyOf(thread));
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Normal, PolicyOf(thread));
        });
    }

    [Fact]
    public void Where_a_ring_fills_there_is_no_courtesy()
    {
        Assert.SkipUnless(SchedulingPolicies.AreFree, "Needs CAP_SYS_NICE.");
        OnOwnThread(thread =>
        {
            using var courtesy = new ReaderCourtesy(() => 101, limit: 100);
            courtesy.Begin(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Normal, PolicyOf(thread));
        });
    }

    [Fact]
    public void A_reader_that_waits_is_as_quick_as_everybody()
    {
        Assert.SkipUnless(SchedulingPolicies.AreFree, "Needs CAP_SYS_NICE.");
        OnOwnThread(thread =>
        {
            using var courtesy = new ReaderCourtesy(() => 0, limit: 100);
            courtesy.Begin(TimeSpan.FromSeconds(100));
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
