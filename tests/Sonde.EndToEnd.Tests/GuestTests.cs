using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>The same capture on other kernels, on the tap that each has.</summary>
public sealed class GuestTests
{
    private const int MostMissing = 6;

    private static bool NeedsKprobes(string tool) =>
        System.IO.File.ReadLines(tool).Any(line => line.StartsWith("kprobe:", StringComparison.Ordinal) || line.StartsWith("kretprobe:", StringComparison.Ordinal));

    private static string File(string name) => Path.Combine(Repository.Root, "tests", "guests", name);

    [Theory]
    [InlineData("6.1", "fexit")]
    [InlineData("6.12", "tracepoints")]
    [InlineData("7.2", "tracepoints")]
    public async Task Every_request_is_a_span(string kernel, string tap)
    {
        (int status, string output) = await Guest.RunAsync(kernel, "bash ./capture.sh", File("capture.sh"), File("capture.py"));
        Assert.True(status == 0, output);
        string[][] counts = [.. output.Split('\n').Select(line => line.Split(' ')).Where(words => words.Length == 3 && words[0] != "#")];
        Assert.Equal(13, counts.Length);
        Assert.All(counts, words => Assert.True(words[1] == words[2], output));
        Assert.Contains(tap, output, StringComparison.Ordinal);
    }

    /// <summary>bpftrace's tools that need kprobes, unmodified.</summary>
    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    public async Task Tools_with_kprobes_attach(string kernel)
    {
        string[] tools = [.. Directory.EnumerateFiles("/usr/sbin", "*.bt").Where(NeedsKprobes).Order(StringComparer.Ordinal)];
        Assert.Equal(17, tools.Length);
        (int status, string output) = await Guest.RunAsync(kernel, "bash ./probes.sh", [File("probes.sh"), .. tools]);
        Assert.True(status == 0, output);
        string[] lines = output.Split('\n'), names = [.. tools.Select(Path.GetFileName).OfType<string>()];
        // What a kernel has not, it has not; but most are there.
        Assert.InRange(names.Count(name => lines.Contains($"{name} 0 0")), tools.Length - MostMissing, tools.Length);
        Assert.All(names, name => Assert.True(lines.Any(line => line == $"{name} 0 0" || line.StartsWith($"{name} lacks ", StringComparison.Ordinal)), output));
    }

    /// <summary>Those with kprobes too, and with the privileges that are left where Debian asks for more.</summary>
    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    public async Task Every_probe_runs(string kernel)
    {
        (int status, string output) = await Guest.RunAsync(kernel, "bash ./metrics.sh", File("metrics.sh"), File("overflows.py"));
        Assert.True(status == 0, output);
        Assert.DoesNotContain("does not run", output, StringComparison.Ordinal);
        Assert.Contains($"{Directory.GetFiles(Path.Combine(Repository.Root, "probes"), "*.yaml").Length} probes are on", output, StringComparison.Ordinal);
        string[] overflows = Assert.Single(output.Split('\n'), line => line.StartsWith("overflows ", StringComparison.Ordinal)).Split(' ');
        Assert.True(overflows[1] == overflows[2] && overflows[1] != "0", output);
    }

    [Fact]
    public async Task Linux_5_10_is_refused_in_one_sentence()
    {
        (int status, string output) = await Guest.RunAsync("5.10", "./sonde run");
        Assert.True(status == 1, output);
        string line = Assert.Single(output.Split('\n'), each => each.StartsWith("sonde:", StringComparison.Ordinal));
        Assert.Contains("5.10", line, StringComparison.Ordinal);
    }
}
