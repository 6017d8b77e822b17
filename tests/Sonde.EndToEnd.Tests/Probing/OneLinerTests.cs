using System.Collections.Concurrent;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary>Short programs, run by bpftrace and by Sonde: they print the same.</summary>
public sealed class OneLinerTests
{
    private const int AtOnce = 4, Fewest = 100;

    /// <summary>A program a line; behind " -c " the command that it watches, behind " -- " its arguments.</summary>
    private static readonly string Programs = Path.Combine(Repository.Root, "tests", "fixtures", "probes", "one-liners.txt");

    [Fact]
    public async Task Prints_what_bpftrace_prints()
    {
        ProbeTool.Require();
        string[] programs = [.. File.ReadLines(Programs).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.True(programs.Length >= Fewest);
        ConcurrentBag<string> differences = [];
        await Parallel.ForEachAsync(programs, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (line, _) =>
        {
            if (await DifferenceAsync(line) is { } difference)
            {
                differences.Add(difference);
            }
        });
        Assert.True(differences.IsEmpty, string.Join("\n\n", differences));
    }

    private static async Task<string?> DifferenceAsync(string line)
    {
        string[] arguments = ["-e", line];
        if (line.Split(" -- ") is [var program, var words])
        {
            arguments = ["-e", program, .. words.Split(' ')];
        }
        else if (line.Split(" -c ") is [var watching, var command])
        {
            arguments = ["-c", command, "-e", watching];
        }

        await using ProbeTool other = ProbeTool.Bpftrace(arguments), own = ProbeTool.Sonde(arguments);
        string[] expected = ProbeOutputText.Lines(await other.EndAsync()), found = ProbeOutputText.Lines(await own.EndAsync());
        return (other.ExitCode, own.ExitCode) == (0, 0) && ProbeOutputText.AreAlike(expected, found) ? null : $"{line}\n{other}\n{own}";
    }
}
