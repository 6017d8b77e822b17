using System.Diagnostics;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary>The tools of Debian's bpftrace package that use no kprobe, unmodified, run by bpftrace and by Sonde beside each other.</summary>
public sealed class OfficialToolTests
{
    private const int Kprobeless = 21;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PatienceForRest = TimeSpan.FromSeconds(10);

    private static readonly string Workload = Path.Combine(Repository.Root, "tests", "fixtures", "probes", "workload.sh");

    [Fact]
    public void All_tools_without_kprobes_are_here() =>
        Assert.Equal(Kprobeless, OfficialTool.Telling.Count + OfficialTool.Counting.Count + OfficialTool.Refused.Count);

    [Fact]
    public async Task Tell_what_bpftrace_tells()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SONDE_TEST_TOOLS") is { Length: > 0 }, "Side by side with bpftrace, by the clock: wants a quiet machine and SONDE_TEST_TOOLS=1.");
        ProbeTool.Require();
        using TemporaryFolder folder = new();
        List<(OfficialTool Tool, ProbeTool Other, ProbeTool Own)> runs = [];
        try
        {
            runs.AddRange(OfficialTool.Telling.Concat(OfficialTool.Counting).Select(tool => (tool, ProbeTool.Bpftrace(tool.Path), ProbeTool.Sonde(tool.Path))));
            await Task.WhenAll(runs.SelectMany(run => new[] { run.Other.AttachedAsync(), run.Own.AttachedAsync() }));

            // bpftrace does not say when all is attached: rounds are made until both have told the same of one.
            var time = Stopwatch.StartNew();
            for (int round = 0; ; round++)
            {
                await WorkAsync(folder.Path, $"warm{round}");
                string[] late = [.. runs.Where(run => !IsAwake(run.Tool, run.Other, run.Own, $"warm{round}")).Select(run => run.Tool.Name)];
                if (late.Length == 0)
                {
                    break;
                }

                Assert.True(time.Elapsed < Patience, $"Nothing, or not the same, from {string.Join(", ", late)}");
            }

            await WorkAsync(folder.Path, "real");
            // What is still in bpftrace's buffers when it is interrupted is lost.
            var rest = Stopwatch.StartNew();
            while (rest.Elapsed < PatienceForRest && !runs.All(run => IsAwake(run.Tool, run.Other, run.Own, "real")))
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            runs.ForEach(run => run.Other.Interrupt());
            runs.ForEach(run => run.Own.Interrupt());
            foreach ((OfficialTool tool, ProbeTool other, ProbeTool own) in runs)
            {
                string expected = await other.EndAsync(), found = await own.EndAsync();
                Assert.True((other.ExitCode, own.ExitCode, own.Errors) == (0, 0, ""), $"{tool.Name}: {other.Errors}{own.Errors}");
                Compare(tool, expected, found);
            }
        }
        finally
        {
            foreach ((_, ProbeTool other, ProbeTool own) in runs)
            {
                await other.DisposeAsync();
                await own.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Run_where_bpftrace_cannot()
    {
        ProbeTool.Require();
        await Parallel.ForEachAsync(OfficialTool.Refused, async (tool, _) =>
        {
            await using ProbeTool own = ProbeTool.Sonde(tool.Path);
            await own.UntilAsync(output => output.Split('\n').Length > 2);
            own.Interrupt();
            await own.EndAsync();
            Assert.True((own.ExitCode, own.Errors) == (0, ""), own.ToString());
        });
    }

    private static void Compare(OfficialTool tool, string expected, string found)
    {
        // The line before tells how many attach points there are: Sonde's are in every copy of a library.
        Assert.Equal(expected.Split('\n')[1], found.Split('\n')[1]);
        if (OfficialTool.Counting.Contains(tool))
        {
            Assert.Equal(OfficialTool.Layout(expected).Where(IsHeading), OfficialTool.Layout(found).Where(IsHeading));
            return;
        }

        string[] told = tool.Told(expected, "real");
        Assert.NotEmpty(told);
        string[] own = tool.Told(found, "real");
        Assert.True(told.SequenceEqual(own), $"{tool.Name}\n{string.Join('\n', told)}\n--\n{string.Join('\n', own)}");
    }

    /// <summary>Headings stand in every output; rows depend on what happened.</summary>
    private static bool IsHeading(string line) => line.Length > 0 && !line.Contains('*', StringComparison.Ordinal);

    private static bool IsAwake(OfficialTool tool, ProbeTool other, ProbeTool own, string label)
    {
        string[] told = tool.Told(other.Output, label);
        return OfficialTool.Counting.Contains(tool) || tool.IsKeyed || (told.Length > 0 && told.SequenceEqual(tool.Told(own.Output, label)));
    }

    private static async Task WorkAsync(string folder, string label)
    {
        // Under a name of its own, so that what the shell does itself has the label too.
        string shell = Path.Combine(folder, $"bash-{label}");
        if (!File.Exists(shell))
        {
            File.CreateSymbolicLink(shell, "/bin/bash");
        }

        await using ChildProcess work = ChildProcess.Start("sh", ["-c", "cd \"$0\" && exec \"./$1\" \"$2\" \"$3\"", folder, Path.GetFileName(shell), Workload, label]);
        await work.WaitForExitAsync(Patience);
        Assert.True(work.ExitCode == 0, work.Errors);
    }
}
