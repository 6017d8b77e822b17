namespace Sonde.Probes.Tests.Metrics;

/// <summary>
/// Built-in probes against what goes wrong on purpose (<c>tests/faults</c>), number for number. What is counted of the whole machine may
/// have happened elsewhere as well meanwhile: it is made to happen again until nothing else did.
/// </summary>
public sealed class BuiltInFaultsTests
{
    private const int Attempts = 10;

    [Fact]
    public void Processes_that_the_kernel_kills_for_want_of_memory_are_counted_by_name()
    {
        using var probes = new RunningProbes(["process.oom_kills"]);

        string killed = Make("python3", "oom_kills.py", "sonde-oom", "4").Output.Trim();

        Assert.Equal("4", killed);
        Assert.Equal(4, probes.Count("process.oom_kills", ("process.name", "sonde-oom")));
    }

    [Fact]
    public void Packets_that_the_kernel_throws_away_are_counted_by_reason()
    {
        using var probes = new RunningProbes(["network.packet.dropped"]);

        Exactly(
            () => Make("unshare", "drops.sh", "25", "13"),
            [(25, () => Dropped("netfilter_drop")), (13, () => Dropped("no_socket"))]);

        long Dropped(string reason) => probes.Count("network.packet.dropped", ("network.packet.drop_reason", reason));
    }

    [Fact]
    public void Resets_are_counted_in_both_directions()
    {
        using var probes = new RunningProbes(["tcp.resets"]);

        // On loopback each is sent and received.
        Exactly(() => Make("unshare", "resets.py", "7", "5"), [(12, () => Resets("transmit")), (12, () => Resets("receive"))]);

        long Resets(string direction) => probes.Count("tcp.resets", ("network.io.direction", direction));
    }

    [Fact]
    public void Page_faults_are_as_many_as_pages_were_touched()
    {
        using var probes = new RunningProbes(["process.page_faults"]);

        Make("python3", "page_faults.py", "sonde-faults", "777");

        Assert.Equal(777, probes.Count("process.page_faults", ("process.name", "sonde-faults")));
    }

    private static (int Id, string Output) Make(string program, string script, params string[] arguments)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "faults", script);
        string[] interpreter = program != "unshare" ? [] : script.EndsWith(".py", StringComparison.Ordinal) ? ["--net", "python3"] : ["--net", "bash"];
        return RunningProbes.Run(program, [.. interpreter, path, .. arguments]);
    }

    private static void Exactly(Action make, (long Expected, Func<long> Count)[] counters)
    {
        long[] made = [];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long[] before = [.. counters.Select(counter => counter.Count())];
            make();
            made = [.. counters.Select((counter, i) => counter.Count() - before[i])];
            Assert.All(made.Zip(counters), pair => Assert.True(pair.First >= pair.Second.Expected, $"{pair.First} of {pair.Second.Expected}"));
            if (made.Zip(counters).All(pair => pair.First == pair.Second.Expected))
            {
                return;
            }
        }

        Assert.Fail($"never exactly as many: {string.Join(' ', made)}");
    }
}
