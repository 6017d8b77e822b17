using Sonde.Probes.Attach;

namespace Sonde.Probes.Tests.Binding;

/// <summary>The table of what is refused in <c>docs/probes.md</c>: each program there gets the message that stands beside it.</summary>
public sealed class DocumentedRefusalsTests
{
    private const string Heading = "### What is refused";

    [Fact]
    public void Each_is_refused_with_its_message()
    {
        (string Program, string Message)[] rows = [.. Rows()];
        Assert.True(rows.Length >= 40, $"{rows.Length} rows");
        using MachineAttachPoints points = new();
        foreach ((string program, string message) in rows)
        {
            ProbeException refused = Assert.Throws<ProbeException>(() => new ProbeSource(program, "t").Bind(points, new ProbeOptions()));
            Assert.True(refused.Message == message, $"{program}\n{refused.Message}");
        }
    }

    private static IEnumerable<(string, string)> Rows()
    {
        string path = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(path, "Sonde.slnx")))
        {
            path = Path.GetDirectoryName(path)!;
        }

        return File.ReadLines(Path.Combine(path, "docs", "probes.md")).SkipWhile(line => line != Heading).Skip(1)
            .TakeWhile(line => !line.StartsWith('#')).Select(line => line.Split(" | ")).Where(cells => cells.Length == 2 && cells[0].StartsWith("| `", StringComparison.Ordinal))
            .Select(cells => (cells[0][3..^1].Replace("\\n", "\n", StringComparison.Ordinal), cells[1].TrimEnd('|', ' ').Replace("\\*", "*", StringComparison.Ordinal)));
    }
}
