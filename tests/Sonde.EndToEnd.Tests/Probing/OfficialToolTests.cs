using System.Collections.Concurrent;
using System.Diagnostics;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary>The tools of Debian's bpftrace package that use no kprobe, unmodified, run by bpftrace and by Sonde beside each other.</summary>
public sealed class OfficialToolTests
{
    private const int Kprobeless = 21, AtOnce = 2, MostRounds = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PatienceForLines = TimeSpan.FromSeconds(2);

    private static readonly string Workload = Path.Combine(Repository.Root, "tests", "fixtures", "probes", "workload.sh");

    [Fact]
    public void All_tools_without_kprobes_are_here() =>
        Assert.Equal(Kprobeless, OfficialTool.Telling.Count + OfficialTool.Counting.Count + OfficialTool.Refused.Count);

    [Fact]
    public async Task Tell_what_bpftrace_tells()
    {
        ProbeTool.Require();
        ConcurrentBag<string> differences = [];
        OfficialTool[] tools = [.. OfficialTool.Telling, .. OfficialTool.Counting];
        await Parallel.ForEachAsync(tools.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (tool, _) =>
        {
            if (await DifferenceAsync(tool.Item, $"w{tool.Index}") is { } difference)
            {
                differences.Add(difference);
            }
        });
        Assert.True(differences.IsEmpty, string.Join("\n\n", differences));
    }

    [Fact]
    public async Task Run_where_bpftrace_cannot()
    {
        ProbeTool.Require();
        await Parallel.ForEachAsync(OfficialTool.Refused, async (tool, _) =>
        {
            await using ProbeTool own = ProbeTool.Sonde(tool.Path);
            await own.UntilAsync(output => output.Split('\n').Length > 2);
            await own.InterruptAsync();
            Assert.True((own.ExitCode, own.Errors) == (0, ""), own.ToString());
        });
    }

    /// <summary>
    /// Runs a tool in both while its workload is done, round after round, each under a label of its own. bpftrace does not say when all is
    /// attached, and either may be kept from an event by other tracers on the machine: so both have to tell the same of one round.
    /// </summary>
    /// <returns>What differs, or null.</returns>
    private static async Task<string?> DifferenceAsync(OfficialTool tool, string name)
    {
        using TemporaryFolder folder = new();
        await using ProbeTool other = ProbeTool.Bpftrace(tool.Path), own = ProbeTool.Sonde(tool.Path);
        await Task.WhenAll(other.AttachedAsync(), own.AttachedAsync());
        string[] labels = [.. Enumerable.Range(0, MostRounds).Select(round => $"{name}r{round}")];
        foreach (string label in labels)
        {
            await WorkAsync(folder.Path, label, tool.Name);
            if (await AreAlikeInTimeAsync(tool, other, own, label))
            {
                break;
            }
        }

        string expected = await other.InterruptAsync(), found = await own.InterruptAsync();
        bool isAlike = (other.ExitCode, own.ExitCode, own.Errors) == (0, 0, "")
            // The line before tells how many attach points there are: Sonde's are in every copy of a library.
            && expected.Split('\n')[1] == found.Split('\n')[1]
            && (tool.IsCounting
                ? HasRowsAlike(expected, found)
                : labels.Any(label => AreAlike(tool, expected, found, label)));
        return isAlike ? null : $"{tool.Name}\n{other}\n--\n{own}";
    }

    private static bool AreAlike(OfficialTool tool, string expected, string found, string label)
    {
        string[] told = tool.Told(expected, label);
        return told.Length > 0 && told.SequenceEqual(tool.Told(found, label));
    }

    /// <summary>What happens on the machine beside the workload differs from one tool's beginning and end to the other's.</summary>
    private static bool HasRowsAlike(string expected, string found)
    {
        string[] theirs = OfficialTool.Shapes(expected), own = OfficialTool.Shapes(found);
        return theirs.Length == 1 ? own.Length == 1 : theirs.Intersect(own).Count() > 1;
    }

    /// <summary>Waits for what both tell of a round; of what is told at the end alone a few rounds are made.</summary>
    private static async Task<bool> AreAlikeInTimeAsync(OfficialTool tool, ProbeTool other, ProbeTool own, string label)
    {
        var time = Stopwatch.StartNew();
        while (time.Elapsed < PatienceForLines)
        {
            if (!tool.IsToldAtTheEnd && AreAlike(tool, other.Output, own.Output, label))
            {
                return true;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return tool.IsCounting;
    }

    private static async Task WorkAsync(string folder, string label, string tool)
    {
        // Under a name of its own, so that what the shell does itself has the label too.
        string shell = Path.Combine(folder, $"bash-{label}");
        File.CreateSymbolicLink(shell, "/bin/bash");
        await using ChildProcess work = ChildProcess.Start(
            "sh", ["-c", "cd \"$0\" && exec \"./$1\" \"$2\" \"$3\" \"$4\"", folder, Path.GetFileName(shell), Workload, label, tool]);
        await work.WaitForExitAsync(Patience);
        Assert.True(work.ExitCode == 0, work.Errors);
    }
}
